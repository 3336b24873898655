"""Reception: what each message is worth, and that no message raises."""

import json
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.messages import Answer, LocalAlarm, Status, encode_message
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, Reply, receive
from coldchain_server.spool.model import Accepted, Quarantined, Reason
from invented.small_fleet import (
    COOLER,
    ENROLLED_MS,
    INEKAR,
    NOW_MS,
    OTHER_COOLER,
    OTHER_PROBE,
    OUTBOX,
    PI,
    PROBE,
    STRANGE_PROBE,
    TIDERMENE,
    fleet,
    pack,
    reading,
)

LIVE = "coldchain/v1/inekar/inekar-pi/live"
ENROLLED = {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)}
KNOWN = Known.of(fleet(), ENROLLED)


def received(payload: bytes | Pack, *, topic: str = LIVE, known: Known = KNOWN) -> Received:
    wire = encode_pack(payload) if isinstance(payload, Pack) else payload
    return receive(Arrival(topic=topic, payload=wire, received_ms=NOW_MS), known)


def set_aside(payload: bytes | Pack, *, topic: str = LIVE, known: Known = KNOWN) -> Quarantined:
    worth = received(payload, topic=topic, known=known)
    (item,) = worth.items
    assert isinstance(item, Quarantined)
    assert worth.heard is None
    return item


@pytest.mark.parametrize(("kind", "live"), [("live", True), ("backfill", False)])
def test_a_good_pack_is_accepted_whole_and_answered(kind: str, live: bool) -> None:
    sent = pack(reading(), reading(probe=PROBE, at_ms=NOW_MS - 60_000), first=7)
    worth = received(sent, topic=f"coldchain/v1/inekar/inekar-pi/{kind}")
    assert worth.items == (Accepted(site=INEKAR, device=PI, live=live, received_ms=NOW_MS, pack=sent),)
    assert worth.replies == (Reply(outbox=OUTBOX, sequences=Sequences.span(7, 8)),)


@pytest.mark.parametrize(
    "topic",
    [
        "coldchain/v1/inekar/inekar-pi",
        "coldchain/v1/inekar/inekar-pi/live/more",
        "coldchain/v2/inekar/inekar-pi/live",
        "coldchain/v1/inekar/inekar-pi/gossip",
        "coldchain/v1/Inekar/inekar-pi/live",
        "coldchain",
        "",
    ],
)
def test_a_topic_nobody_agreed_on_is_set_aside(topic: str) -> None:
    assert set_aside(pack(), topic=topic).reason is Reason.TOPIC


def test_a_device_nobody_entered_is_set_aside_under_nobodys_name() -> None:
    item = set_aside(pack(), topic="coldchain/v1/inekar/invented-pi/live")
    assert (item.reason, item.device) == (Reason.UNKNOWN_DEVICE, None)
    assert "invented-pi is not in the fleet file" in item.detail


@pytest.mark.parametrize(
    ("site", "enrolled", "detail"),
    [
        ("nowhere", ENROLLED, "belongs to site inekar, not nowhere"),
        ("tidermene", ENROLLED, "belongs to site inekar, not tidermene"),
        ("inekar", {}, "is not enrolled; `coldchain-server enrol inekar-pi`"),
        ("inekar", {PI: Enrolled(site=INEKAR, since_ms=1, withdrawn=True)}, "was withdrawn"),
        ("inekar", {PI: Enrolled(site=TIDERMENE, since_ms=1)}, "was enrolled for site tidermene"),
    ],
)
def test_a_device_that_may_not_speak_for_the_site_is_set_aside(
    site: str, enrolled: dict[object, Enrolled], detail: str
) -> None:
    known = Known(fleet=fleet(), probes={}, enrolled=enrolled)  # type: ignore[arg-type]
    item = set_aside(pack(), topic=f"coldchain/v1/{site}/inekar-pi/live", known=known)
    assert item.reason is Reason.UNKNOWN_DEVICE
    assert detail in item.detail


def bomb() -> bytes:
    return zlib.compress(b"[" + b" " * 10_000_000 + b"]")


def many_probes() -> bytes:
    probes = [urn_of_kernel_name(f"28-{number:012x}") for number in range(10_000)]
    head = {"n": f"urn:uuid:{OUTBOX}", "bt": NOW_MS // 1000, "vs": "1-10000"}
    return zlib.compress(json.dumps([head, *({"n": probe, "u": "Cel", "v": 4} for probe in probes)]).encode())


def records(**changed: object) -> bytes:
    """A pack of one reading, its second record changed."""
    head = {"n": f"urn:uuid:{OUTBOX}", "bt": NOW_MS // 1000, "vs": "1"}
    return json.dumps([head, {"n": PROBE, "u": "Cel", "v": 4.0} | changed]).encode()


def test_the_pack_that_the_bad_ones_are_made_from_is_good() -> None:
    assert isinstance(received(records()).items[0], Accepted)


BAD_PACKS = {
    "broken JSON": (b'[{"n":', Reason.SENML),
    "no JSON at all": (b"4.5", Reason.SENML),
    "nothing": (b"", Reason.SENML),
    "bytes that are not UTF-8": (b'[{"n":"\xff"}]', Reason.SENML),
    "a record without a name": (records(n=""), Reason.SENML),
    "a string for a number": (records(v="4.0"), Reason.SENML),
    "a time that is a string": (records(t="now"), Reason.SENML),
    "NaN": (records(v=float("nan")), Reason.SENML),
    "infinity": (records(v=float("inf")), Reason.SENML),
    "two values": (records(vs="crc"), Reason.SENML),
    "a version from the future": (records(bver=99), Reason.SENML),
    "no value": (b'[{"n":"urn:uuid:%s","bt":1793000000,"vs":"1"}]' % str(OUTBOX).encode(), Reason.PACK),
    "a unit nobody agreed on": (records(u="K"), Reason.PACK),
    "a fault nobody knows": (json.dumps([{"n": f"urn:uuid:{OUTBOX}", "bt": NOW_MS // 1000, "vs": "1"},
                                         {"n": PROBE, "vs": "melted"}]).encode(), Reason.PACK),
    "a probe's name with a wrong check sum": (records(n=PROBE[:-1] + "0"), Reason.PACK),
    "a compressed bomb": (bomb(), Reason.COMPRESSION),
    "damaged compression": (b"\x78\x9cgarbage", Reason.COMPRESSION),
    "gzip": (b"\x1f\x8b\x08\x00garbage", Reason.COMPRESSION),
    "10 MB": (b"[" + b" " * 10_000_000 + b"]", Reason.TOO_LARGE),
    "10,000 probes": (many_probes(), Reason.TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_PACKS)
def test_a_bad_pack_is_set_aside_with_its_reason(what: str) -> None:
    payload, reason = BAD_PACKS[what]
    item = set_aside(payload)
    assert (item.reason, item.device, item.length) == (reason, PI, len(payload))
    assert item.detail


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (reading(probe=STRANGE_PROBE), Reason.UNKNOWN_PROBE),
        (reading(probe=OTHER_PROBE), Reason.UNKNOWN_PROBE),
        (reading(ENROLLED_MS - 1), Reason.BEFORE_ENROLMENT),
        (reading(NOW_MS + 600_001), Reason.FUTURE),
    ],
)
def test_of_a_pack_only_the_readings_that_cannot_be_used_are_refused(bad: Reading, reason: Reason) -> None:
    sent = pack(reading(), bad, reading(NOW_MS + 1), first=10)
    worth = received(sent)
    (good,) = (item for item in worth.items if isinstance(item, Accepted))
    (refused,) = (item for item in worth.items if isinstance(item, Quarantined))
    assert good.pack == Pack(
        outbox=OUTBOX, sequences=Sequences.parse("10,12"), readings=(sent.readings[0], sent.readings[2])
    )
    assert (refused.reason, refused.outbox, refused.sequences) == (reason, OUTBOX, Sequences.of([11]))
    assert refused.payload == encode_pack(sent)
    assert set(worth.replies) == {
        Reply(outbox=OUTBOX, sequences=Sequences.parse("10,12")),
        Reply(outbox=OUTBOX, sequences=Sequences.of([11]), refused=reason),
    }


def test_the_bounds_themselves_are_good() -> None:
    (item,) = received(pack(reading(ENROLLED_MS), reading(NOW_MS + 600_000))).items
    assert isinstance(item, Accepted)


@pytest.mark.parametrize(("uncertainty_ms", "accepted"), [(1999, False), (2000, True)])
def test_an_estimated_instant_is_before_the_enrolment_only_with_all_its_bounds(
    uncertainty_ms: int, accepted: bool
) -> None:
    sent = msgspec.structs.replace(pack(reading(ENROLLED_MS - 2000), reading()), uncertainty_ms=uncertainty_ms)
    assert sum(len(item.pack.readings) for item in received(sent).items if isinstance(item, Accepted)) == 1 + accepted


def test_an_old_backlog_is_good_whatever_has_been_built_since() -> None:
    years_ms = 5 * 365 * 24 * 3600 * 1000
    worth = receive(Arrival(topic=LIVE, payload=encode_pack(pack()), received_ms=NOW_MS + years_ms), KNOWN)
    assert isinstance(worth.items[0], Accepted)


@pytest.mark.parametrize("kind", ["config", "stored", "request"])
def test_the_servers_own_words_are_passed_over(kind: str) -> None:
    assert received(b"anything", topic=f"coldchain/v1/inekar/inekar-pi/{kind}") == Received()


def test_a_status_an_alarm_and_an_answer_are_heard() -> None:
    for kind, word in (
        ("status", Status(at_ms=NOW_MS, online=True)),
        ("alarm", LocalAlarm(at_ms=NOW_MS, unit=COOLER, light="red", change="raised", reason="too-warm", celsius=9.5)),
        ("answer", Answer(id="1", done=True)),
    ):
        worth = received(encode_message(word), topic=f"coldchain/v1/inekar/inekar-pi/{kind}")
        assert (worth.heard, worth.items) == (word, ())


@pytest.mark.parametrize("kind", ["status", "alarm", "answer"])
@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"at_ms":"now"}', b"\xff", b" " * 20_000])
def test_a_word_not_in_the_agreed_form_is_set_aside(kind: str, payload: bytes) -> None:
    assert set_aside(payload, topic=f"coldchain/v1/inekar/inekar-pi/{kind}").reason is Reason.MESSAGE


ALARM = LocalAlarm(at_ms=NOW_MS, unit=COOLER, light="red", change="raised")


@pytest.mark.parametrize(
    ("alarm", "reason"),
    [
        (msgspec.structs.replace(ALARM, unit=OTHER_COOLER), Reason.MESSAGE),
        (msgspec.structs.replace(ALARM, unit="invented"), Reason.MESSAGE),
        (msgspec.structs.replace(ALARM, reason="\x00"), Reason.MESSAGE),
        (msgspec.structs.replace(ALARM, at_ms=NOW_MS + 600_001), Reason.FUTURE),
        (msgspec.structs.replace(ALARM, at_ms=ENROLLED_MS - 1), Reason.BEFORE_ENROLMENT),
    ],
)
def test_an_alarm_that_cannot_be_is_set_aside(alarm: LocalAlarm, reason: Reason) -> None:
    topic = "coldchain/v1/inekar/inekar-pi/alarm"
    assert set_aside(encode_message(alarm), topic=topic).reason is reason


@given(
    st.sampled_from(["live", "backfill", "status", "alarm", "answer", "config", "x"]),
    st.binary(max_size=300) | st.builds(lambda value: json.dumps(value).encode(), st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
            st.sampled_from(["n", "bn", "bt", "v", "vs", "u", "t", "at_ms", "unit", "id"]), inner, max_size=5
        ), max_leaves=12,
    )),
)  # fmt: skip
def test_whatever_comes_in_is_answered_with_a_value_and_foreseen(kind: str, payload: bytes) -> None:
    worth = received(payload, topic=f"coldchain/v1/inekar/inekar-pi/{kind}")
    assert all(isinstance(item, Accepted) or item.reason is not Reason.UNFORESEEN for item in worth.items)


def test_an_error_nobody_foresaw_costs_one_message_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_payload: bytes) -> Pack:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr("coldchain_server.ingest.reception.decode_pack", broken)
    item = set_aside(records())
    assert (item.reason, item.detail) == (Reason.UNFORESEEN, "ZeroDivisionError: nobody foresaw this")
