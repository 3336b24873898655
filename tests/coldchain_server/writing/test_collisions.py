"""Keeping readings apart is the same however often it is done."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_server.store.protocol import Point
from coldchain_server.writing.collisions import Key, kept_apart
from coldchain_server.writing.points import Identity, identity

PROBES = [ProbeUrn("urn:dev:ow:28ff5c79a21603da"), ProbeUrn("urn:dev:ow:28aa5c79a216034f")]


@st.composite
def points(draw: st.DrawFn) -> list[Point]:
    """Some readings, each once, many of them at the same instants."""
    identities = draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 10)), max_size=20))
    return [
        Point(
            reading=Reading(probe=draw(st.sampled_from(PROBES)), at_ms=draw(st.integers(0, 4)), value=4.0),
            sequence=sequence,
            outbox=UUID(int=outbox),
        )
        for outbox, sequence in sorted(identities)
    ]


def places(found: list[Point]) -> dict[Key, Identity]:
    return {
        (point.reading.probe, point.reading.quantity.value, point.reading.at_ms): identity(point) for point in found
    }


@given(points())
def test_no_two_readings_share_a_place(given_points: list[Point]) -> None:
    assert len(places(kept_apart(given_points, {}))) == len(given_points)


@given(points(), st.integers(0, 20))
def test_the_same_comes_out_again_whatever_part_was_already_written(given_points: list[Point], written: int) -> None:
    first = kept_apart(given_points, {})
    assert kept_apart(given_points, places(first[:written])) == first


@given(points())
def test_a_reading_moves_only_onward_and_is_marked_by_how_far(given_points: list[Point]) -> None:
    for before, after in zip(given_points, kept_apart(given_points, {}), strict=True):
        moved_ms = after.reading.at_ms - before.reading.at_ms
        assert moved_ms >= 0
        assert after.uncertainty_ms == before.uncertainty_ms + moved_ms
        assert identity(after) == identity(before)
