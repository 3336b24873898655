"""How far a value is to be trusted, beside the value; and how long each kind may be taken for the present one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import DeviceId, ProbeUrn, UnitId
from coldchain_contract.readings import Reading
from coldchain_judgement.light import Light
from coldchain_server.fleet.model import Role
from coldchain_server.fleet.source import Confidence
from coldchain_server.ledger.tables import LatestRow
from coldchain_server.queries import Span
from coldchain_server.queries.values import ProbeNow
from coldchain_server.store.protocol import Point
from coldchain_server.viewer import Viewer
from invented.sourced_fleet import (
    COOLER,
    FRIDGE_TAG,
    HAND,
    PLACES,
    TANK,
    TASMOTA_PROBES,
    TEXT,
    ZIGBEE_PROBE,
    probe_of,
    sourced_fleet,
)
from invented.world import World, empty_world

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
EVERYBODY = Viewer(name="technician", role=Role.TECHNICIAN)
NOTHING_LIVE = TEXT + "\n\n".join(place for place in PLACES.split("\n\n") if "probe" not in place)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    world.clock.set(NOW_MS)
    yield world
    world.close()


@pytest.fixture
def without_live(tmp_path: Path) -> Iterator[World]:
    """The same sites with nothing that tells by itself."""
    world = empty_world(tmp_path, sourced_fleet(NOTHING_LIVE))
    world.clock.set(NOW_MS)
    yield world
    world.close()


def heard(world: World, probe: ProbeUrn, celsius: float, *, ago_ms: int) -> None:
    at_ms = NOW_MS - ago_ms
    with world.sessions.begin() as session:
        session.merge(
            LatestRow(
                probe=probe,
                at_ms=at_ms,
                received_ms=at_ms,
                value=celsius,
                quality="ok",
                ok_at_ms=at_ms,
                ok_value=celsius,
                estimated=False,
            )
        )


def now(world: World, source: DeviceId, unit: UnitId = COOLER) -> ProbeNow:
    story = world.queries.unit(EVERYBODY, unit)
    return next(probe for probe in story.probes if probe.device == source)


def test_every_probe_says_how_far_its_value_is_to_be_trusted(world: World) -> None:
    story = world.queries.unit(EVERYBODY, COOLER)
    assert {probe.device: probe.confidence for probe in story.probes} == {
        "zigbee": Confidence.MEDIUM,
        "fridge-tag": Confidence.LATE,
        "hand": Confidence.LOW,
    }


def test_what_tells_by_itself_speaks_for_a_unit_however_near_the_milk_a_hand_measures(world: World) -> None:
    heard(world, ZIGBEE_PROBE, 4.0, ago_ms=HOUR_MS)
    heard(world, probe_of(HAND), 12.0, ago_ms=MINUTE_MS)
    unit = world.queries.unit(EVERYBODY, COOLER).now
    assert unit.temperature is not None
    assert (unit.temperature.celsius, unit.temperature.confidence) == (4.0, Confidence.MEDIUM)


def test_where_nothing_else_does_a_hand_speaks_before_a_logger(without_live: World) -> None:
    heard(without_live, probe_of(FRIDGE_TAG), 4.0, ago_ms=MINUTE_MS)
    heard(without_live, probe_of(HAND), 12.0, ago_ms=HOUR_MS)
    unit = without_live.queries.unit(EVERYBODY, COOLER).now
    assert unit.temperature is not None
    assert (unit.temperature.celsius, unit.temperature.confidence, unit.fresh) == (12.0, Confidence.LOW, True)
    assert unit.beyond is not None


@pytest.mark.parametrize(("ago_ms", "light"), [(2 * HOUR_MS, Light.GREEN), (2 * HOUR_MS + 1, Light.UNKNOWN)])
def test_a_thermometer_read_two_hours_ago_says_nothing_of_now(without_live: World, ago_ms: int, light: Light) -> None:
    heard(without_live, probe_of(HAND), 4.0, ago_ms=ago_ms)
    assert without_live.queries.unit(EVERYBODY, COOLER).now.light is light


@pytest.mark.parametrize(("ago_ms", "fresh"), [(2 * HOUR_MS, True), (2 * HOUR_MS + 1, False)])
def test_a_sensor_that_reports_every_hour_is_given_two(world: World, ago_ms: int, fresh: bool) -> None:
    heard(world, ZIGBEE_PROBE, 4.0, ago_ms=ago_ms)
    assert now(world, DeviceId("zigbee")).fresh is fresh


def test_a_curve_is_about_what_tells_by_itself_and_a_hand_is_dots_of_its_own(world: World) -> None:
    points = [Reading(probe=TASMOTA_PROBES[0], at_ms=NOW_MS - n * 5 * MINUTE_MS, value=4.0) for n in range(24)]
    points += [Reading(probe=probe_of(HAND, TANK), at_ms=NOW_MS - n * HOUR_MS, value=12.0) for n in (1, 2, 3)]
    assert world.store.write([Point(reading=one, sequence=n) for n, one in enumerate(points, start=1)]) == []
    curve = world.queries.curve(EVERYBODY, TANK, Span.HOURS_6)
    assert [probe.confidence for probe in curve.probes] == [Confidence.MEDIUM, Confidence.MEDIUM, Confidence.LOW]
    assert curve.probes[0].probe == TASMOTA_PROBES[0]
    dots = curve.probes[2].buckets
    assert [bucket.count for bucket in dots] == [1, 1, 1]
    assert all(one.end_ms < other.start_ms for one, other in pairwise(dots))
