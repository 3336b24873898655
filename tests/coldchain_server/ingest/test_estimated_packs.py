"""A pack whose device does not know the time is dated by its receipt, judged and shown, never stored or answered."""

import msgspec
import pytest

from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, receive
from coldchain_server.spool.model import Accepted, Quarantined, Reason
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, PI, STRANGE_PROBE, fleet, pack, reading

KNOWN = Known.of(fleet(), {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})


def without_time(*ago_s: int) -> Pack:
    readings = (msgspec.structs.replace(reading(), at_ms=-1000 * one) for one in ago_s)
    return msgspec.structs.replace(pack(*readings, first=7), relative=True)


def received(sent: Pack, *, kind: str = "live", retained: bool = False) -> Received:
    topic = f"coldchain/v1/inekar/inekar-pi/{kind}"
    arrival = Arrival(topic=topic, payload=encode_pack(sent), received_ms=NOW_MS, retained=retained)
    return receive(arrival, KNOWN)


def test_it_is_dated_by_its_receipt_and_marked_and_not_answered() -> None:
    worth = received(without_time(60, 0))
    dated = pack(reading(NOW_MS - 60_000), reading(NOW_MS), first=7)
    assert worth.items == (Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=dated, estimated=True),)
    assert worth.replies == ()


def test_what_may_not_be_stored_is_left_out_without_a_word_because_it_comes_again() -> None:
    both = without_time(60, 0)
    strange = msgspec.structs.replace(both.readings[0], probe=STRANGE_PROBE)
    worth = received(msgspec.structs.replace(both, readings=(strange, both.readings[1])))
    (item,) = worth.items
    assert isinstance(item, Accepted)
    assert (item.pack.sequences, item.pack.readings) == (Sequences.span(8, 8), (reading(NOW_MS),))
    assert received(msgspec.structs.replace(both, readings=(strange, strange))) == Received(topic=worth.topic)


@pytest.mark.parametrize(("kind", "retained"), [("backfill", False), ("live", True)])
def test_what_was_not_sent_just_now_cannot_be_dated_by_its_receipt(kind: str, retained: bool) -> None:
    (item,) = received(without_time(0), kind=kind, retained=retained).items
    assert isinstance(item, Quarantined)
    assert (item.reason, "live and not retained" in item.detail) == (Reason.PACK, True)
