"""Columns hold what the readings were, in memory and on disk."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_server.columns import Columns

probes = st.sampled_from([ProbeUrn(f"urn:dev:ow:28ff5c79a21603d{digit}") for digit in range(4)])
instants = st.integers(-(2**62), 2**62)
values = st.builds(Reading, probe=probes, at_ms=instants, value=st.floats(allow_nan=False))
faults = st.builds(
    Reading,
    probe=probes,
    at_ms=instants,
    value=st.none(),
    quality=st.sampled_from([quality for quality in Quality if quality is not Quality.OK]),
)
readings = st.lists(values | faults, max_size=30)


@given(readings)
def test_readings_come_out_of_columns_as_they_went_in(those: list[Reading]) -> None:
    columns = Columns.of(range(1, len(those) + 1), those)
    assert columns.readings() == those
    assert list(columns.numbers) == list(range(1, len(those) + 1))


@given(readings)
def test_columns_come_back_from_disk_as_they_were(those: list[Reading]) -> None:
    columns = Columns.of(range(len(those)), those)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(columns), type=Columns) == columns


@given(readings, st.data())
def test_some_of_them_are_those_readings_in_that_order(those: list[Reading], data: st.DataObject) -> None:
    places = data.draw(st.permutations(range(len(those))).map(lambda order: order[: len(those) // 2]))
    some = Columns.of(range(len(those)), those).only(places)
    assert some.readings() == [those[place] for place in places]
    assert list(some.numbers) == list(places)


@given(readings)
def test_the_values_there_are_are_those_of_readings_without_a_fault(those: list[Reading]) -> None:
    assert list(Columns.of(range(len(those)), those).ok_values) == [one.value for one in those if one.value is not None]


def test_a_series_is_named_once_however_many_readings_it_has() -> None:
    one = Reading(probe=ProbeUrn("urn:dev:ow:28ff5c79a21603da"), at_ms=1, value=4.0)
    assert len(Columns.of(range(100), [one] * 100).series) == 1
