"""What is under way, and what goes into one pack."""

import random
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.pack import LARGEST_WIRE_BYTES, decode_pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.outbox import Kept
from coldchain_device.uplink.flights import Flights
from coldchain_device.uplink.packing import READINGS_A_PACK, packed

NOON = 1_772_539_200_000
PROBES = [urn_of_kernel_name(f"28-{number:012x}") for number in range(4)]


def flights(confirm_s: float = 60) -> Flights:
    return Flights(confirm_s=confirm_s, chance=random.Random(1))


def test_what_is_not_confirmed_is_due_after_about_the_wait_and_then_about_twice_as_long() -> None:
    under_way = flights()
    under_way.launch(Sequences.span(1, 9), now_s=0, uptime_ms=0)
    assert under_way.take_due(47.9) == []
    (due,) = under_way.take_due(72.1)
    assert due.sequences == Sequences.span(1, 9)
    under_way.launch(due.sequences, now_s=100, uptime_ms=0, attempts=due.attempts + 1)
    assert under_way.take_due(195.9) == []
    assert len(under_way.take_due(244.1)) == 1


def test_the_wait_never_grows_beyond_an_hour() -> None:
    under_way = flights()
    under_way.launch(Sequences.span(1, 1), now_s=0, uptime_ms=0, attempts=500)
    assert len(under_way.take_due(3600 * 1.2 + 1)) == 1


def test_what_is_confirmed_in_part_goes_on_with_the_rest_and_tells_when_it_was_sent() -> None:
    under_way = flights()
    under_way.launch(Sequences.span(1, 9), now_s=0, uptime_ms=1234)
    assert under_way.settle(Sequences.parse("1-4,9")) == 1234
    assert under_way.sequences() == Sequences.parse("5-8")
    assert under_way.settle(Sequences.parse("100")) is None
    assert under_way.settle(Sequences.parse("5-8")) == 1234
    assert len(under_way) == 0


def test_a_pack_the_server_never_confirms_stops_blocking_the_others() -> None:
    under_way = flights()
    under_way.launch(Sequences.span(1, 1), now_s=0, uptime_ms=0, attempts=3)
    assert under_way.in_flight() == 1
    (due,) = under_way.take_due(10_000)
    under_way.launch(due.sequences, now_s=0, uptime_ms=0, attempts=due.attempts + 1)
    assert under_way.in_flight() == 0
    assert under_way.sequences() == Sequences.span(1, 1)


def test_a_new_connection_gives_everything_under_way_its_time_once_more() -> None:
    under_way = flights()
    under_way.launch(Sequences.span(1, 1), now_s=0, uptime_ms=0)
    under_way.grant(1000)
    assert under_way.take_due(1040) == []
    assert len(under_way.take_due(1080)) == 1


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
