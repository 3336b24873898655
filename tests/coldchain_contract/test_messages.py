"""Messages beside packs: strict about what is known, open to what comes later."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadMessage, ContractError
from coldchain_contract.messages import (
    LARGEST_MESSAGE_BYTES,
    Answer,
    Config,
    LocalAlarm,
    Request,
    Status,
    Stored,
    decode_message,
    encode_message,
)

KINDS: list[type[msgspec.Struct]] = [Status, LocalAlarm, Config, Stored, Request, Answer]
ALARM = {"at_ms": 1, "unit": "cooler-2", "light": "red", "change": "raised"}


@pytest.mark.parametrize("kind", KINDS)
@given(payload=st.one_of(st.binary(), st.recursive(st.none(), st.lists).map(msgspec.json.encode)))
def test_whatever_the_bytes_only_contract_errors_are_raised(kind: type[msgspec.Struct], payload: bytes) -> None:
    with pytest.raises(ContractError, match=kind.__name__):
        decode_message(payload, kind)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at_ms": -1}, "at_ms"),
        ({"at_ms": 10**30}, "at_ms"),
        ({"at_ms": "1"}, "at_ms"),
        ({"at_ms": 1.5}, "at_ms"),
        ({"unit": ""}, "unit"),
        ({"light": "blue"}, "light"),
        ({"light": "red\n"}, "light"),
        ({"change": "lowered"}, "change"),
        ({"celsius": -300}, "celsius"),
        ({"celsius": "11"}, "celsius"),
        ({"reason": "x" * 1001}, "reason"),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, object], field: str) -> None:
    assert decode_message(msgspec.json.encode(ALARM), LocalAlarm).unit == "cooler-2"
    payload = f"{ALARM | change}".replace("'", '"').encode()
    with pytest.raises(BadMessage, match=f"LocalAlarm.*{field}"):
        decode_message(payload.replace(b"\n", b"\\n"), LocalAlarm)


@pytest.mark.parametrize("missing", ALARM)
def test_a_field_that_is_missing_is_named(missing: str) -> None:
    with pytest.raises(BadMessage, match=missing):
        decode_message(msgspec.json.encode({k: v for k, v in ALARM.items() if k != missing}), LocalAlarm)


@pytest.mark.parametrize("outbox", ["0b9e1c52", "0B9E1C52-4F0A-4A57-9A70-5A4E6F1B2C3D", "../../etc"])
def test_an_outbox_that_is_no_id_is_refused(outbox: str) -> None:
    with pytest.raises(BadMessage, match="outbox"):
        decode_message(msgspec.json.encode({"outbox": outbox, "server_time_ms": 1}), Stored)


@pytest.mark.parametrize("stored", ["0-3", "1-", "all", "1,,2", "-", "1\n"])
def test_sequences_of_no_sequence_form_are_refused(stored: str) -> None:
    with pytest.raises(BadMessage, match="stored"):
        decode_message(msgspec.json.encode({"outbox": "", "server_time_ms": 1, "stored": stored}), Stored)


def test_a_field_of_a_later_version_is_let_pass() -> None:
    assert decode_message(msgspec.json.encode(ALARM | {"later": [1]}), LocalAlarm).light == "red"


def test_a_message_over_the_limit_is_refused_both_ways() -> None:
    payload = msgspec.json.encode(ALARM)
    with pytest.raises(BadMessage, match=str(LARGEST_MESSAGE_BYTES)):
        decode_message(payload + b" " * LARGEST_MESSAGE_BYTES, LocalAlarm)
    with pytest.raises(BadMessage, match=str(LARGEST_MESSAGE_BYTES)):
        encode_message(Config(version=1, labels={f"unit-{number}": "x" * 100 for number in range(200)}))


def test_a_message_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(BadMessage, match="recursion"):
        decode_message(b'{"later":' + b"[" * 10_000, LocalAlarm)


def test_nothing_said_by_default_is_sent() -> None:
    assert encode_message(Status(at_ms=1, online=False)) == b'{"at_ms":1,"online":false}'
