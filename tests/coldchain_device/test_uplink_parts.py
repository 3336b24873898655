"""What is under way, and what goes into one pack."""

import random
from uuid import uuid4

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.pack import LARGEST_WIRE_BYTES, decode_pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.outbox import Kept
from coldchain_device.uplink.flights import Flight, Flights
from coldchain_device.uplink.packing import READINGS_A_PACK, packed

NOON = 1_772_539_200_000
PROBES = [urn_of_kernel_name(f"28-{number:012x}") for number in range(4)]


BOX, OTHER = str(uuid4()), str(uuid4())


def flights(confirm_s: float = 60) -> Flights:
    return Flights(confirm_s=confirm_s, chance=random.Random(1))


def flight(numbers: str, *, sent_s: float = 0, attempts: int = 1, taken: bool = True, outbox: str = BOX) -> Flight:
    return Flight(
        outbox=outbox,
        sequences=Sequences.parse(numbers),
        size=100,
        taken=lambda: taken,
        sent_s=sent_s,
        sent_uptime_ms=round(sent_s * 1000),
        attempts=attempts,
    )


def heard_lately(under_way: Flights, *, now_s: float) -> None:
    """Have the server confirm something, so that it is not the server that is away."""
    under_way.launch(flight("1000000", sent_s=now_s))
    under_way.settle(BOX, Sequences.parse("1000000"), now_s=now_s)


def test_what_is_not_confirmed_is_due_after_about_the_wait_and_then_about_twice_as_long() -> None:
    under_way = flights()
    under_way.launch(flight("1-9"))
    heard_lately(under_way, now_s=1)
    assert under_way.take_due(47.9) == []
    (due,) = under_way.take_due(72.1)
    assert due.sequences == Sequences.span(1, 9)
    under_way.launch(flight("1-9", sent_s=100, attempts=due.attempts + 1))
    heard_lately(under_way, now_s=101)
    assert under_way.take_due(195.9) == []
    assert len(under_way.take_due(244.1)) == 1


def test_the_wait_never_grows_beyond_an_hour() -> None:
    under_way = flights()
    under_way.launch(flight("1", attempts=500))
    heard_lately(under_way, now_s=1)
    assert len(under_way.take_due(3600 * 1.2 + 1)) == 1


def test_what_is_confirmed_in_part_goes_on_with_the_rest_and_tells_when_it_was_sent() -> None:
    under_way = flights()
    under_way.launch(flight("1-9", sent_s=1.234))
    assert under_way.settle(BOX, Sequences.parse("1-4,9"), now_s=2) == 1234
    assert under_way.sequences(BOX) == Sequences.parse("5-8")
    assert under_way.settle(BOX, Sequences.parse("100"), now_s=2) is None
    assert under_way.settle(OTHER, Sequences.parse("5-8"), now_s=2) is None
    assert under_way.settle(BOX, Sequences.parse("5-8"), now_s=2) == 1234
    assert len(under_way) == 0


def test_a_confirmation_may_answer_the_first_sending_so_that_is_the_one_it_is_timed_by() -> None:
    under_way = flights()
    under_way.launch(flight("1-9", sent_s=1))
    (due,) = under_way.take_due(100)
    under_way.launch(flight("1-9", sent_s=100, attempts=2, taken=False))
    under_way.reconnected(now_s=101)
    under_way.launch(flight("5-20", sent_s=102))
    assert under_way.settle(BOX, Sequences.parse("5-20"), now_s=103) == due.sent_uptime_ms == 1000


def test_a_pack_the_server_never_confirms_stops_blocking_the_others() -> None:
    under_way = flights()
    under_way.launch(flight("1", attempts=3))
    assert (under_way.in_flight(), under_way.bytes_in_flight()) == (1, 100)
    (due,) = under_way.take_due(10_000)
    under_way.launch(flight("1", sent_s=10_000, attempts=due.attempts + 1))
    assert (under_way.in_flight(), under_way.bytes_in_flight()) == (0, 0)
    assert under_way.sequences(BOX) == Sequences.span(1, 1)


def test_a_server_that_confirms_nothing_is_asked_with_one_pack_and_the_others_wait_for_its_first_word() -> None:
    under_way = flights()
    for number in range(1, 6):
        under_way.launch(flight(str(number), sent_s=number))
    (question,) = under_way.take_due(100)
    assert question.sequences == Sequences.span(5, 5)
    assert under_way.unheard
    under_way.launch(flight("5", sent_s=100, attempts=2))
    assert under_way.take_due(100 + 120 * 0.79) == []
    assert len(under_way.take_due(100 + 120 * 1.21)) == 1
    under_way.launch(flight("5", sent_s=250, attempts=3))
    under_way.settle(BOX, Sequences.span(5, 5), now_s=251)
    assert not under_way.unheard
    assert sorted(str(one.sequences) for one in under_way.take_due(251 + 72.1)) == ["1", "2", "3", "4"]


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 10))
def test_a_day_without_the_server_costs_no_more_than_a_question_every_quarter_of_an_hour(
    sizes: list[int], seconds_apart: int
) -> None:
    under_way, next_number, sent = flights(), 1, 0
    for number, size in enumerate(sizes):
        under_way.launch(flight(f"{next_number}-{next_number + size}", sent_s=number * seconds_apart))
        next_number += size + 1
    for now_s in range(400, 86_400, 30):
        for due in under_way.take_due(now_s):
            sent += 1
            under_way.launch(msgspec.structs.replace(due, sent_s=now_s, attempts=due.attempts + 1))
    assert sent <= 86_400 / (900 * 0.8) + 5


def test_a_new_connection_waits_for_what_the_broker_has_and_forgets_what_it_has_not_so_that_it_is_sent_anew() -> None:
    under_way = flights()
    under_way.launch(flight("1"))
    under_way.launch(flight("2", taken=False))
    under_way.reconnected(1000)
    assert under_way.sequences(BOX) == Sequences.span(1, 1)
    assert under_way.take_due(1040) == []
    assert len(under_way.take_due(1080)) == 1


def test_what_is_under_way_of_an_outbox_that_is_gone_is_forgotten() -> None:
    under_way = flights()
    under_way.launch(flight("1"))
    under_way.launch(flight("1", outbox=OTHER))
    under_way.keep_only(frozenset({OTHER}))
    assert len(under_way) == 1
    assert under_way.sequences(OTHER) == Sequences.span(1, 1)


kept_readings = st.lists(
    st.tuples(st.sampled_from(PROBES), st.integers(-160, 960) | st.none(), st.sampled_from([0, 0, 0, 1, 900])),
    min_size=1,
    max_size=500,
)


@given(kept_readings)
def test_every_reading_is_in_exactly_one_pack_with_its_own_number_and_uncertainty(
    raw: list[tuple[object, int | None, int]],
) -> None:
    kept = [
        Kept(
            sequence=number,
            reading=Reading(
                probe=probe,  # type: ignore[arg-type]
                at_ms=NOON + number * 7001,
                value=None if sixteenths is None else sixteenths / 16,
                quality=Quality.CRC if sixteenths is None else Quality.OK,
            ),
            uncertainty_ms=uncertainty,
        )
        for number, (probe, sixteenths, uncertainty) in enumerate(raw, 1)
    ]
    found = {}
    for part in packed(kept, uuid4()):
        assert len(part.payload) <= LARGEST_WIRE_BYTES
        pack = decode_pack(part.payload)
        assert len(pack.readings) <= READINGS_A_PACK
        assert part.sequences == pack.sequences
        for number, reading in zip(pack.sequences, pack.readings, strict=True):
            assert number not in found
            found[number] = Kept(sequence=number, reading=reading, uncertainty_ms=pack.uncertainty_ms)
    assert [found[number] for number in sorted(found)] == kept


def test_a_reading_no_pack_can_hold_stands_alone_and_the_others_are_sent() -> None:
    kept = [
        Kept(
            sequence=number,
            reading=Reading(probe=PROBES[0], at_ms=0 if number == 2 else NOON + number, value=4.0),
            uncertainty_ms=0,
        )
        for number in (1, 2, 3)
    ]
    parts = list(packed(kept, uuid4()))
    assert [(str(part.sequences), bool(part.unsendable)) for part in parts] == [("1", False), ("2", True), ("3", False)]
