"""Packs: one wire form, strict reading, and a named error for each limit."""

import json
import zlib
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadCompression, BadPack, BadSenml, ContractError, PackTooLarge
from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.pack import (
    LARGEST_EXPANDED_BYTES,
    LARGEST_WIRE_BYTES,
    LONGEST_AGO_MS,
    MOST_PROBES,
    MOST_READINGS,
    Pack,
    decode_pack,
    encode_pack,
)
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from invented.generated import packs, relative_packs

OUTBOX = UUID("0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d")
PROBE = urn_of_kernel_name("28-0316a2795cff")
HEAD = {"n": f"urn:uuid:{OUTBOX}", "bt": 1793000000, "vs": "1"}
HEAD_OF_TWO = HEAD | {"vs": "1-2"}
UNCERTAINTY = {"n": f"{HEAD['n']}/uncertainty", "u": "s", "v": 2.5}
READING = {"bn": "urn:dev:ow:", "bu": "Cel", "n": PROBE.removeprefix("urn:dev:ow:"), "v": 4.0625}


def wire(*records: object) -> bytes:
    return json.dumps(records, separators=(",", ":")).encode()


def pack_of(count: int, *, probes: int = 4, scatter: bool = False) -> Pack:
    def value(number: int) -> float:
        return (number * 7919 % 100_003) / 3.0 if scatter else number % 160 / 16

    names = [urn_of_kernel_name(f"28-{number * (2**40 - 87) % 2**48:012x}") for number in range(1, probes + 1)]
    readings = (
        Reading(probe=names[number % probes], at_ms=1_793_000_000_000 + 60_000 * number, value=value(number))
        for number in range(count)
    )
    return Pack(outbox=OUTBOX, sequences=Sequences.span(1, count), readings=tuple(readings))


@given(packs())
def test_a_pack_is_read_as_it_was_written(pack: Pack) -> None:
    payload = encode_pack(pack)
    assert decode_pack(payload) == pack
    assert encode_pack(decode_pack(payload)) == payload


@given(packs())
def test_any_spelling_of_the_same_senml_is_the_same_pack(pack: Pack) -> None:
    records = json.loads(plain(encode_pack(pack)))
    assert decode_pack(json.dumps(records, indent=1).encode()) == pack
    assert decode_pack(json.dumps([dict(reversed(record.items())) for record in records]).encode()) == pack


@given(st.one_of(st.binary(), st.binary().map(zlib.compress), st.text().map(str.encode)))
def test_whatever_the_bytes_only_contract_errors_are_raised(payload: bytes) -> None:
    with pytest.raises(ContractError):
        decode_pack(payload)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
fields = st.sampled_from(
    ["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "x", "x_"]
)
plausible = st.sampled_from(
    [1, 5.5, 1793000000, -3, "Cel", "crc", "s", "1-2", "1", HEAD["n"], READING["n"], "/uncertainty"]
)


@given(st.lists(st.dictionaries(fields, st.one_of(plausible, json_values), max_size=5), max_size=4))
def test_whatever_the_records_they_are_a_pack_or_a_contract_error(records: list[dict[str, object]]) -> None:
    ours = [spelt_as_ours(record) for record in records]
    for whole in (records, [HEAD, *records], [HEAD_OF_TWO, READING, *records], [HEAD_OF_TWO, READING, *ours]):
        try:
            pack = decode_pack(wire(*whole))
        except ContractError:
            continue
        assert decode_pack(encode_pack(pack)) == pack


near_ours = st.fixed_dictionaries(
    {},
    optional={
        "bn": st.sampled_from(["urn:dev:ow:", "urn:dev:", "urn:uuid:", ""]),
        "bu": st.sampled_from(["Cel", "s", ""]),
        "n": st.sampled_from(
            [READING["n"], f"ow:{READING['n']}", HEAD["n"], f"{HEAD['n']}/uncertainty", "/uncertainty"]
        ),
        "bt": st.sampled_from([0, 1, 1793000000, 1793000000.25]),
        "u": st.sampled_from(["Cel", "s"]),
        "v": st.sampled_from([4.0625, 5, -0.0, 1e300]),
        "vs": st.sampled_from(["1-2", "crc", "ok", ""]),
        "t": st.sampled_from([0, 60, -60.125, 1e300]),
    },
)


@given(st.lists(near_ours, max_size=3), st.booleans(), st.booleans())
def test_the_fast_and_the_strict_reader_agree(records: list[dict[str, object]], head: bool, first: bool) -> None:
    whole = [HEAD_OF_TWO] * head + [READING] * first + records
    assert outcome(wire(*whole)) == outcome(json.dumps(whole, indent=1).encode())


cuts = st.tuples(st.integers(0, 400), st.integers(0, 40))
pieces = st.sampled_from(
    [
        b"",
        b",",
        b" ",
        b'"v":5.0',
        b',"v" :5.0',
        b',"t":0',
        b',"t":0,"t":60',
        b'"bn":""',
        b'"bt":0,',
        b"\\u002c",
        b"null",
    ]
)


@given(packs(), cuts, pieces | st.binary(max_size=3))
def test_whatever_is_done_to_our_spelling_the_fast_and_the_strict_reader_agree(
    pack: Pack, cut: tuple[int, int], piece: bytes
) -> None:
    whole = plain(encode_pack(pack))
    start = cut[0] % len(whole)
    payload = whole[:start] + piece + whole[start + cut[1] % 8 :]
    assert outcome(payload) == outcome(b" " + payload)


def outcome(payload: bytes) -> Pack | None:
    try:
        return decode_pack(payload)
    except ContractError:
        return None


def test_a_small_pack_reads_as_its_documentation_shows() -> None:
    pack = Pack(
        outbox=OUTBOX,
        sequences=Sequences.span(1041, 1042),
        readings=(
            Reading(probe=PROBE, at_ms=1_793_000_000_000, value=4.0625),
            Reading(probe=PROBE, at_ms=1_793_000_060_250, value=None, quality=Quality.POR85),
        ),
        uncertainty_ms=2500,
    )
    assert plain(encode_pack(pack)) == (
        b'[{"n":"urn:uuid:0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d","bt":1793000000,"vs":"1041-1042"},'
        b'{"n":"urn:uuid:0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d/uncertainty","u":"s","v":2.5},'
        b'{"bn":"urn:dev:ow:","bu":"Cel","n":"28ff5c79a21603da","v":4.0625},'
        b'{"n":"28ff5c79a21603da","vs":"por85","t":60.25}]'
    )


def test_a_pack_is_compressed_where_that_is_shorter() -> None:
    assert encode_pack(pack_of(40)).startswith(b"\x78")
    assert len(encode_pack(pack_of(40))) < len(plain(encode_pack(pack_of(40)))) / 3
    assert len(encode_pack(pack_of(1))) <= len(plain(encode_pack(pack_of(1))))


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([HEAD], "at least one reading"),
        ([HEAD | {"vs": "1-2"}, READING], "2 sequence numbers for 1 readings"),
        ([HEAD | {"vs": "2-1"}, READING], "must ascend"),
        ([HEAD | {"n": f"urn:uuid:{str(OUTBOX).upper()}"}, READING], "in lower case"),
        ([HEAD | {"n": "urn:uuid:7"}, READING], "urn:uuid:7"),
        ([READING, HEAD], "the sequence numbers as its vs"),
        ([HEAD, READING | {"n": "28ff5c79a21603de"}], "CRC"),
        ([HEAD, READING | {"n": "kitchen"}], "not a probe name"),
        ([HEAD, READING | {"bu": "Fah"}], "'Fah' is not the unit"),
        ([HEAD, {k: v for k, v in READING.items() if k != "bu"}], "'' is not the unit"),
        ([HEAD, READING | {"u": "%RH"}], "'%RH' is not the unit"),
        ([HEAD, {"n": PROBE, "vs": "broken"}], "'broken' is no fault"),
        ([HEAD, {"n": PROBE, "vs": "ok"}], "'ok' is no fault"),
        ([HEAD, {"n": PROBE, "vb": True}], "a reading is a number"),
        ([HEAD, READING | {"s": 1}], "no sum"),
        ([HEAD | {"bt": 300}, READING], "instant 300000"),
        ([HEAD, READING | {"t": 1e300}], "instant 1e\\+303"),
        ([HEAD, READING | {"t": -1.6e9}], "instant 193000000"),
        ([HEAD, {"n": f"{HEAD['n']}/uncertainty", "u": "ms", "v": 1}, READING], "/uncertainty"),
        ([HEAD, {"n": f"{HEAD['n']}/uncertainty", "u": "s", "v": -1}, READING], "/uncertainty"),
        ([HEAD, {"n": f"{HEAD['n']}/uncertainty", "u": "s", "vs": "long"}, READING], "/uncertainty"),
        ([HEAD, {"n": f"{HEAD['n']}/uncertainty", "u": "s", "v": 1e13}, READING], "/uncertainty"),
        ([HEAD, {"n": "urn:uuid:x/uncertainty", "u": "s", "v": 1}, READING], "/uncertainty"),
    ],
)
def test_senml_that_is_no_pack_is_refused_by_name(records: list[object], says: str) -> None:
    with pytest.raises(BadPack, match=says):
        decode_pack(wire(*records))


GOOD = wire(HEAD, READING)


@pytest.mark.parametrize(
    "payload",
    [
        GOOD.replace(b'"v":4.0625', b'"v":4.0625,"v":5.0'),
        GOOD.replace(b'"v":4.0625', b'"v":5.0,"v":4.0625'),
        GOOD.replace(b'"v":4.0625', b'"v":4.0625,"t":60,"t":61'),
        GOOD.replace(b'"bt":1793000000', b'"bt":1793000000,"bt":1793000001'),
        GOOD.replace(b'"bu":"Cel"', b'"bu":"Cel","bu":"Cel"'),
        GOOD.replace(b'"v":4.0625', b'"v":4.0625,"v" :5.0'),
        GOOD.replace(b'"v":4.0625', b'"v":4.0625,"t":0,"t":0'),
        wire(HEAD | {"vs": "1,3"}, READING, READING).replace(b"1,3", b"1\\u002c3").replace(b'"v"', b'"v":5,"v"', 1),
        GOOD.replace(b"4.0625", b"NaN"),
        GOOD.replace(b"4.0625", b"-Infinity"),
        GOOD.replace(b"4.0625", b"1e999"),
        GOOD.replace(b"4.0625", b'"4.0625"'),
        GOOD.replace(b"4.0625", b"null"),
        GOOD.replace(b"4.0625", b"true"),
        GOOD.replace(b"4.0625", b'4.0625,"vs":"crc"'),
        GOOD.replace(b"4.0625", b'4.0625,"vs":""'),
        GOOD.replace(b',"v":4.0625', b""),
        GOOD.replace(b"4.0625", b'4.0625,"strange_":1'),
        GOOD.replace(b"4.0625", b'4.0625,"bver":11'),
        GOOD.replace(b"4.0625", b"04.0625"),
        GOOD[:-1],
        GOOD + b"]",
        GOOD.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD,
        b"[" * 10_000,
        b"{}",
        b"[]",
        b"",
        b"null",
        b"4.1 degrees",
    ],
)
def test_what_breaks_senml_is_refused_as_such(payload: bytes) -> None:
    assert decode_pack(GOOD).readings[0].value == 4.0625
    with pytest.raises(BadSenml):
        decode_pack(payload)


def test_an_outbox_that_has_a_value_beside_its_numbers_is_refused() -> None:
    with pytest.raises(ContractError, match="vs"):
        decode_pack(GOOD.replace(b'"vs":"1"', b'"v":1.0,"vs":"1"'))


def test_unknown_fields_that_need_not_be_understood_are_let_pass() -> None:
    assert decode_pack(GOOD.replace(b"4.0625", b'4.0625,"location":"shade"')) == decode_pack(GOOD)


def test_bases_may_move_within_a_foreign_pack() -> None:
    foreign = wire(
        {"bn": "urn:uuid:", "bt": 1793000000, "n": str(OUTBOX), "vs": "1-2"},
        {"bn": PROBE, "bu": "Cel", "t": 1, "v": 4},
        {"bt": 1793000060, "n": "", "v": 5},
    )
    assert [(reading.at_ms, reading.value) for reading in decode_pack(foreign).readings] == [
        (1_793_000_001_000, 4.0),
        (1_793_000_060_000, 5.0),
    ]


SECOND = {"n": READING["n"], "v": 5.0, "t": 60}
MAC = {"bn": "urn:dev:mac:", "n": "0024beffff804ff1", "v": 5.0, "t": 60}


@pytest.mark.parametrize(
    ("records", "second"),
    [
        ([{"bn": "urn:uuid:", "n": str(OUTBOX), "bt": 1793000000, "vs": "1-2"}, READING, SECOND], (PROBE, 60_000)),
        ([HEAD_OF_TWO, READING, MAC], ("urn:dev:mac:0024beffff804ff1", 60_000)),
        ([HEAD_OF_TWO, READING, {"n": READING["n"], "bt": 1793000001, "v": 5.0}], (PROBE, 1_000)),
        ([HEAD_OF_TWO, UNCERTAINTY | {"bt": 1793000002}, READING, SECOND], (PROBE, 62_000)),
        ([HEAD_OF_TWO, READING | {"bt": 1793000003}, SECOND], (PROBE, 63_000)),
        ([HEAD_OF_TWO, {"bu": "Cel", "n": PROBE, "v": 4.0}, {"bn": "urn:dev:ow:"} | SECOND], (PROBE, 60_000)),
        ([HEAD_OF_TWO | {"bu": "Cel"}, READING, SECOND], (PROBE, 60_000)),
    ],
)
def test_what_nearly_has_our_spelling_means_what_senml_says(
    records: list[dict[str, object]], second: tuple[str, int]
) -> None:
    reading = decode_pack(wire(*map(spelt_as_ours, records))).readings[1]
    assert (reading.probe, reading.at_ms - 1_793_000_000_000, reading.value) == (*second, 5.0)


AGO = Pack(
    outbox=OUTBOX,
    sequences=Sequences.span(7, 9),
    readings=(
        Reading(probe=PROBE, at_ms=-60_000, value=4.0),
        Reading(probe=PROBE, at_ms=-1, value=None, quality=Quality.CRC),
        Reading(probe=PROBE, at_ms=0, value=4.5),
    ),
    relative=True,
)


def test_readings_without_a_date_are_counted_from_the_sending_as_senml_says() -> None:
    assert plain(encode_pack(AGO)) == (
        b'[{"n":"urn:uuid:0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d","vs":"7-9"},'
        b'{"bn":"urn:dev:ow:","bu":"Cel","n":"28ff5c79a21603da","v":4.0,"t":-60},'
        b'{"n":"28ff5c79a21603da","vs":"crc","t":-0.001},'
        b'{"n":"28ff5c79a21603da","v":4.5}]'
    )
    assert decode_pack(encode_pack(AGO)) == decode_pack(b" " + plain(encode_pack(AGO))) == AGO


def test_a_pack_counted_from_its_sending_is_dated_by_whoever_knows_when_that_was() -> None:
    dated = AGO.dated(1_793_000_000_000)
    assert [one.at_ms for one in dated.readings] == [1_792_999_940_000, 1_792_999_999_999, 1_793_000_000_000]
    assert not dated.relative
    assert dated.dated(5) is dated
    assert decode_pack(encode_pack(dated)) == dated


@given(relative_packs())
def test_a_relative_pack_is_read_as_it_was_written(pack: Pack) -> None:
    assert decode_pack(encode_pack(pack)) == pack


@pytest.mark.parametrize(
    "changes",
    [
        {"readings": (Reading(probe=PROBE, at_ms=1, value=4.0),)},
        {"readings": (Reading(probe=PROBE, at_ms=-LONGEST_AGO_MS - 1, value=4.0),)},
        {"readings": (Reading(probe=PROBE, at_ms=1_793_000_000_000, value=4.0),)},
        {"readings": (Reading(probe=PROBE, at_ms=0, value=4.0),), "uncertainty_ms": 1},
    ],
)
def test_what_lies_ahead_of_its_sending_or_long_before_or_has_bounds_is_no_relative_pack(
    changes: dict[str, object],
) -> None:
    one = msgspec.structs.replace(AGO, sequences=Sequences.span(7, 7))
    with pytest.raises(BadPack):
        encode_pack(msgspec.structs.replace(one, **changes))


def test_a_pack_is_dated_or_relative_and_never_both() -> None:
    both = [{**READING, "t": 0}, {"n": READING["n"], "v": 4.0, "t": -1.793e9 - 5}]
    with pytest.raises(BadPack, match="not all of the pack's"):
        decode_pack(wire(HEAD_OF_TWO, *both))


class TestLimits:
    def test_too_many_bytes_on_the_wire_are_refused_unread(self) -> None:
        with pytest.raises(PackTooLarge, match=str(LARGEST_WIRE_BYTES)):
            decode_pack(GOOD + b" " * LARGEST_WIRE_BYTES)
        with pytest.raises(PackTooLarge, match=str(LARGEST_WIRE_BYTES)):
            encode_pack(pack_of(MOST_READINGS, scatter=True))

    def test_a_bomb_is_not_expanded(self) -> None:
        bomb = zlib.compress(b"[" + b" " * 10_000_000 + b"]", 9)
        assert len(bomb) < LARGEST_WIRE_BYTES
        with pytest.raises(BadCompression, match=str(LARGEST_EXPANDED_BYTES)):
            decode_pack(bomb)

    def test_too_many_bytes_before_compression_are_refused(self) -> None:
        probe = ProbeUrn("urn:dev:org:" + "a" * 64)
        many = Pack(
            outbox=OUTBOX,
            sequences=Sequences.span(1, MOST_READINGS),
            readings=(Reading(probe=probe, at_ms=1_793_000_000_000, value=4.0),) * MOST_READINGS,
        )
        with pytest.raises(PackTooLarge, match=str(LARGEST_EXPANDED_BYTES)):
            encode_pack(many)

    def test_too_many_readings_are_refused(self) -> None:
        many = Pack(
            outbox=OUTBOX,
            sequences=Sequences.span(1, MOST_READINGS + 1),
            readings=(Reading(probe=PROBE, at_ms=1_793_000_000_000, value=4.0),) * (MOST_READINGS + 1),
        )
        with pytest.raises(PackTooLarge, match=str(MOST_READINGS)):
            encode_pack(many)
        records = [HEAD | {"vs": f"1-{MOST_READINGS + 1}"}, READING] + [{"n": READING["n"], "v": 4.0}] * MOST_READINGS
        with pytest.raises(PackTooLarge, match=str(MOST_READINGS)):
            decode_pack(zlib.compress(wire(*records)))

    def test_too_many_probes_are_refused(self) -> None:
        encode_pack(pack_of(MOST_PROBES, probes=MOST_PROBES))
        with pytest.raises(PackTooLarge, match=str(MOST_PROBES)):
            encode_pack(pack_of(MOST_PROBES + 1, probes=MOST_PROBES + 1))

    def test_the_largest_pack_fits_when_its_values_are_those_of_a_probe(self) -> None:
        pack = pack_of(1000, probes=4)
        assert decode_pack(encode_pack(pack)) == pack

    @pytest.mark.parametrize("at_ms", [0, 268_435_456_999, 253_402_300_799_001])
    def test_an_instant_senml_cannot_carry_is_refused(self, at_ms: int) -> None:
        pack = Pack(
            outbox=OUTBOX, sequences=Sequences.span(1, 1), readings=(Reading(probe=PROBE, at_ms=at_ms, value=4.0),)
        )
        with pytest.raises(BadPack, match=str(at_ms)):
            encode_pack(pack)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_a_value_json_cannot_carry_is_refused(self, value: float) -> None:
        pack = Pack(
            outbox=OUTBOX,
            sequences=Sequences.span(1, 1),
            readings=(Reading(probe=PROBE, at_ms=1_793_000_000_000, value=value),),
        )
        with pytest.raises(BadPack, match=PROBE):
            encode_pack(pack)

    @pytest.mark.parametrize("uncertainty_ms", [-1, 10**30])
    def test_an_uncertainty_of_no_sense_is_refused(self, uncertainty_ms: int) -> None:
        with pytest.raises(BadPack, match="uncertainty"):
            encode_pack(msgspec.structs.replace(pack_of(1), uncertainty_ms=uncertainty_ms))


def spelt_as_ours(record: dict[str, object]) -> dict[str, object]:
    """Only the fields our own records have, in their order: what takes the fast path where it can."""
    return {label: record[label] for label in ("bn", "bu", "n", "bt", "u", "v", "vs", "t") if label in record}


def plain(payload: bytes) -> bytes:
    return payload if payload.startswith(b"[") else zlib.decompress(payload)
