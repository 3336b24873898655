"""Curves: thinned, clipped to where the probe sat, gaps left open."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import SiteId
from coldchain_contract.readings import Quality
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Place, Role
from coldchain_server.queries import Queries, Span
from coldchain_server.queries.curves import bucket_count
from coldchain_server.viewer import Viewer
from invented.world import HOUR_MS, MINUTE_MS, NOW_MS, World

EVERYONE = Viewer(name="technician", role=Role.TECHNICIAN)


def test_the_milk_comes_first_and_a_gap_stays_a_gap(world: World) -> None:
    world.readings(2, hours=20, fault_after=10, gap=2)
    world.readings(3, hours=20)
    curve = world.queries.curve(EVERYONE, "menaka-1", Span.HOURS_24)
    assert [probe.place for probe in curve.probes] == [Place.MILK, Place.AIR]
    buckets = curve.probes[0].buckets
    within = [b for b in buckets if NOW_MS - 10.9 * HOUR_MS < b.start_ms < NOW_MS - 9.2 * HOUR_MS]
    assert within == []
    assert sum(1 for before, after in itertools.pairwise(buckets) if after.start_ms > before.end_ms) == 1


def test_faults_are_marked_and_have_no_value(world: World) -> None:
    world.readings(2, hours=5)
    marks = world.queries.curve(EVERYONE, "menaka-1", Span.HOURS_6).probes[0].faults
    assert {mark.quality for mark in marks} == {Quality.CRC}
    assert len(marks) == 4


def test_a_short_peak_survives_thinning_to_thirty_days(world: World) -> None:
    world.readings(2, hours=3)
    curve = world.queries.curve(EVERYONE, "menaka-1", Span.DAYS_30)
    assert max(bucket.highest for bucket in curve.probes[0].buckets) > 12
    assert not curve.faults_marked


def test_a_curve_holds_only_what_was_read_in_this_unit(world: World) -> None:
    world.readings(2, hours=5)
    moved_ms = NOW_MS - 2 * HOUR_MS
    placements = tuple(
        msgspec.structs.replace(placement, from_ms=moved_ms) if placement.unit == "menaka-1" else placement
        for placement in world.fleet.placements
    )
    queries = Queries(
        sessions=world.sessions,
        fleet=msgspec.structs.replace(world.fleet, placements=placements),
        store=world.store,
        clock=world.clock,
        spool=world.spool,
    )
    milk = queries.curve(EVERYONE, "menaka-1", Span.HOURS_6).probes[0]
    assert min(bucket.start_ms for bucket in milk.buckets) >= moved_ms - 3 * MINUTE_MS
    assert all(mark.at_ms >= moved_ms for mark in milk.faults)


def test_a_cooperative_reads_no_curve_of_another(world: World) -> None:
    with pytest.raises(UnknownThing):
        tillia = Viewer(name="tillia", role=Role.COOPERATIVE, site=SiteId("tillia"))
        world.queries.curve(tillia, "menaka-1", Span.HOURS_6)


@given(span_s=st.integers(60, 90 * 86400), sample_s=st.integers(1, 3600), share=st.integers(1, 4))
def test_a_stretch_always_has_room_for_two_readings(span_s: int, sample_s: int, share: int) -> None:
    count = bucket_count(span_s * 1000, sample_s=sample_s, whole_ms=span_s * share * 1000)
    assert 1 <= count <= 120
    assert count == 1 or span_s / count >= 2 * sample_s
