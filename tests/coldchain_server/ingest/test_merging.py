"""Merging a batch: fewer parts, and neither a reading nor an answer more or less."""

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.ingest.confirmations import confirmations
from coldchain_server.ingest.merging import MOST_READINGS, merged
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, receive
from coldchain_server.spool.model import Accepted, Quarantined
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, PI, PROBE, STRANGE_PROBE, fleet

KNOWN = Known.of(fleet(), {DeviceId(PI): Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})
OUTBOXES = [UUID(int=1), UUID(int=2)]


def reading(number: int, *, probe: str = PROBE) -> Reading:
    return Reading(probe=probe, at_ms=NOW_MS - 60_000 + number, value=4.0)  # type: ignore[arg-type]


def came(
    numbers: Sequences, *, outbox: UUID = OUTBOXES[0], kind: str = "live", uncertainty_ms: int = 0, probe: str = PROBE
) -> Received:
    pack = Pack(
        outbox=outbox,
        sequences=numbers,
        readings=tuple(reading(number, probe=probe) for number in numbers),
        uncertainty_ms=uncertainty_ms,
    )
    topic = f"coldchain/v1/inekar/inekar-pi/{kind}"
    return receive(Arrival(topic=topic, payload=encode_pack(pack), received_ms=NOW_MS), KNOWN)


def spoken(text: str, **of: object) -> Received:
    return came(Sequences.parse(text), **of)  # type: ignore[arg-type]


numbers = st.sets(st.integers(1, 40), min_size=1, max_size=8).map(Sequences.of)
messages = st.builds(
    came,
    numbers,
    outbox=st.sampled_from(OUTBOXES),
    kind=st.sampled_from(["live", "backfill"]),
    uncertainty_ms=st.sampled_from([0, 500]),
    probe=st.sampled_from([PROBE, STRANGE_PROBE]),
)


def accepted(batch: Sequence[Received]) -> list[Accepted]:
    return [item for received in batch for item in received.items if isinstance(item, Accepted)]


def what_came(batch: Sequence[Received]) -> set[tuple[bool, int, UUID, int, Reading]]:
    return {
        (item.live, item.pack.uncertainty_ms, item.pack.outbox, number, reading)
        for item in accepted(batch)
        for number, reading in zip(item.pack.sequences, item.pack.readings, strict=True)
    }


def how_many(batch: Sequence[Received]) -> int:
    return sum(len(item.pack.readings) + item.repeats for item in accepted(batch))


@given(st.lists(messages, max_size=12))
def test_merging_keeps_every_reading_every_answer_and_every_count(batch: list[Received]) -> None:
    parts = merged(batch)
    assert what_came(parts) == what_came(batch)
    assert how_many(parts) == how_many(batch)
    assert sorted(map(repr, confirmations(parts, now_ms=NOW_MS))) == sorted(
        map(repr, confirmations(batch, now_ms=NOW_MS))
    )
    assert [item for part in parts for item in part.items if isinstance(item, Quarantined)] == [
        item for part in batch for item in part.items if isinstance(item, Quarantined)
    ]


@given(st.lists(messages, max_size=12))
def test_there_are_as_many_parts_as_there_are_kinds_of_good_packs(batch: list[Received]) -> None:
    kinds = {(item.live, item.pack.outbox, item.pack.uncertainty_ms) for item in accepted(batch)}
    assert len(accepted(merged(batch))) == len(kinds)


def test_single_readings_of_one_outbox_become_one_pack_in_the_order_of_their_numbers() -> None:
    (part,) = merged([spoken("3"), spoken("1"), spoken("2")])
    (item,) = part.items
    assert isinstance(item, Accepted)
    assert item.pack.sequences == Sequences.span(1, 3)
    assert [one.at_ms for one in item.pack.readings] == [reading(number).at_ms for number in (1, 2, 3)]


def test_a_number_that_comes_again_is_kept_once_and_counted() -> None:
    (part,) = merged([spoken("1-3"), spoken("3-4"), spoken("1-3")])
    (item,) = part.items
    assert isinstance(item, Accepted)
    assert (item.pack.sequences, len(item.pack.readings), item.repeats) == (Sequences.span(1, 4), 4, 4)


def test_of_a_number_with_two_readings_the_first_that_came_is_kept() -> None:
    def saying(celsius: float) -> Received:
        one = Reading(probe=PROBE, at_ms=NOW_MS, value=celsius)
        pack = Pack(outbox=OUTBOXES[0], sequences=Sequences.of([7]), readings=(one,))
        topic = "coldchain/v1/inekar/inekar-pi/live"
        return receive(Arrival(topic=topic, payload=encode_pack(pack), received_ms=NOW_MS), KNOWN)

    (item,) = accepted(merged([saying(4.0), saying(9.0)]))
    assert [one.value for one in item.pack.readings] == [4.0]


def test_no_part_grows_so_large_that_news_would_wait_behind_it() -> None:
    each = 60
    packs = [spoken(f"{first}-{first + each - 1}") for first in range(1, 2 * MOST_READINGS, each)]
    sizes = [len(item.pack.readings) for item in accepted(merged(packs))]
    assert max(sizes) <= MOST_READINGS
    assert len(sizes) == 3


def test_a_pack_that_is_large_already_stays_as_it_is() -> None:
    large = [spoken(f"1-{MOST_READINGS + 1}"), spoken(f"{MOST_READINGS + 2}-{2 * MOST_READINGS + 3}")]
    assert merged(large) == large
