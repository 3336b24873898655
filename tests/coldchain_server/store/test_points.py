"""Points in columns are a sequence like any other, and a store writes the same of either."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_server.store.acceptance import EARLIEST_MS, LATEST_MS, sorted_out
from coldchain_server.store.points import Points
from coldchain_server.store.protocol import Point

MILK, AIR = ProbeUrn("urn:dev:ow:28ff5c79a21603da"), ProbeUrn("urn:dev:ow:28aa5c79a216034f")
reading = st.builds(Reading, probe=st.sampled_from([MILK, AIR]), at_ms=st.integers(0, 5), value=st.floats(-10, 60))
fault = st.builds(
    Reading, probe=st.sampled_from([MILK, AIR]), at_ms=st.integers(0, 5), value=st.none(), quality=st.just(Quality.CRC)
)
points = st.lists(
    st.builds(
        Point,
        reading=reading | fault,
        sequence=st.integers(1, 9),
        uncertainty_ms=st.sampled_from([0, 500]),
        outbox=st.sampled_from([None, UUID(int=1), UUID(int=2)]),
    ),
    max_size=12,
)


@given(points)
def test_points_in_columns_are_the_same_points(those: list[Point]) -> None:
    columns = Points.of(those)
    assert list(columns) == those
    assert [columns[place] for place in range(len(those))] == those
    assert Points.of(columns) is columns


@given(points, st.integers(-14, 14), st.integers(-14, 14))
def test_they_are_cut_as_a_list_is(those: list[Point], start: int, stop: int) -> None:
    assert list(Points.of(those)[start:stop]) == those[start:stop]


@given(points.filter(bool), st.data())
def test_counting_from_the_end_works_too(those: list[Point], data: st.DataObject) -> None:
    place = data.draw(st.integers(-len(those), -1))
    assert Points.of(those)[place] == those[place]


def test_what_is_not_there_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        Points.of([])[0]


def unfit(point: Point) -> bool:
    value = point.reading.value
    return value is not None and not abs(value) < float("inf")


odd_values = st.one_of(st.floats(-10, 60), st.sampled_from([float("nan"), float("inf")]))
odd = st.lists(
    st.builds(
        Point,
        reading=st.builds(Reading, probe=st.just(MILK), at_ms=st.integers(0, 5), value=odd_values) | fault,
        sequence=st.integers(1, 9),
    ),
    max_size=12,
)


@given(odd)
def test_what_no_store_can_hold_is_refused_and_the_others_go_on(those: list[Point]) -> None:
    good, refusals = sorted_out(those)
    assert list(good) == [point for point in those if not unfit(point)]
    assert [refusal.point.sequence for refusal in refusals] == [point.sequence for point in those if unfit(point)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at_ms": EARLIEST_MS - 1},
        {"at_ms": LATEST_MS},
        {"sequence": -1},
        {"sequence": 2**63},
        {"uncertainty_ms": -1},
        {"uncertainty_ms": 2**63},
    ],
    ids=str,
)
def test_each_bound_is_seen_beside_a_point_that_is_within_all_of_them(wrong: dict[str, int]) -> None:
    fine = Point(reading=Reading(probe=MILK, at_ms=0, value=4.0), sequence=1)
    bad = Point(
        reading=Reading(probe=MILK, at_ms=wrong.get("at_ms", 0), value=4.0),
        sequence=wrong.get("sequence", 1),
        uncertainty_ms=wrong.get("uncertainty_ms", 0),
    )
    good, refusals = sorted_out([fine, bad])
    assert (list(good), [refusal.point for refusal in refusals]) == ([fine], [bad])
