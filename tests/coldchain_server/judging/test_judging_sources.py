"""Sources judged: each by its own rhythm, and what is read by hand never in the way of what tells by itself."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from coldchain_contract.identifiers import DeviceId, ProbeUrn
from coldchain_server.fleet.model import Fleet, Place, Placement
from coldchain_server.fleet.source import Source, SourceKind
from coldchain_server.ledger.database import sessions_of
from invented.watched import AIR, MILK, OTHER, SITE, Watched, fleet_of, placed

HAND, LOGGER, ZIGBEE = DeviceId("hand"), DeviceId("fridge-tag"), DeviceId("zigbee")
HOURS = 60


def source(name: DeviceId, kind: SourceKind, report_s: int) -> Source:
    zone = fleet_of().sites[SITE].zone
    return Source(id=name, site=SITE, kind=kind, report_s=report_s, zone=zone)


SOURCES = {
    HAND: source(HAND, SourceKind.HAND, 43200),
    LOGGER: source(LOGGER, SourceKind.LOGGER, 31 * 86400),
    ZIGBEE: source(ZIGBEE, SourceKind.ZIGBEE2MQTT, 3600),
}


def told_by(*placements: Placement) -> Fleet:
    return msgspec.structs.replace(fleet_of(*placements), sources=SOURCES)


@pytest.fixture
def by_hand(tmp_path: Path, engine: Engine) -> Iterator[Watched]:
    """A cooler whose milk somebody measures, and nothing else does."""
    fleet = told_by(placed(MILK, Place.MILK, device=HAND))
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet)
    yield watched
    watched.close()


def take(watched: Watched, minutes: Iterable[int], celsius: float, *, arriving: int, probe: ProbeUrn = MILK) -> None:
    """Let what was measured in these minutes arrive together, later."""
    watched.at(arriving)
    watched.send(*((probe, minute, celsius) for minute in minutes))
    watched.judge()


def by_the_way(watched: Watched, *minutes: int, celsius: float) -> None:
    """Let a reading arrive in each of these minutes."""
    for minute in minutes:
        take(watched, [minute], celsius, arriving=minute)


def pass_time(watched: Watched, first: int, last: int) -> None:
    """Let minutes pass as they do for a server that never stops listening."""
    for minute in range(first, last, 9):
        watched.at(minute)
        watched.judge()
    watched.at(last)
    watched.judge()


def test_a_thermometer_that_is_read_twice_a_day_is_not_silent_between(by_hand: Watched) -> None:
    by_the_way(by_hand, 0, celsius=4.0)
    pass_time(by_hand, 1, 24 * HOURS - 1)
    assert by_hand.said() == []
    pass_time(by_hand, 24 * HOURS - 1, 24 * HOURS)
    assert by_hand.said() == [f"milk silent breach 0→{24 * HOURS}"]
    assert by_hand.rows()[-1].level == "warning"


def test_two_warm_readings_half_a_day_apart_are_one_breach_and_a_cold_one_ends_it(by_hand: Watched) -> None:
    by_the_way(by_hand, 0, celsius=12.0)
    by_the_way(by_hand, 10 * HOURS, celsius=12.0)
    assert [said.split(" ")[1:3] for said in by_hand.said()] == [["beyond:warm", "breach"], ["beyond:hot", "breach"]]
    by_the_way(by_hand, 11 * HOURS, 12 * HOURS, celsius=4.0)
    assert [said.split(" ")[2] for said in by_hand.said()] == ["breach", "breach", "fine", "fine"]


def test_what_was_read_hours_ago_raises_no_alarm_as_if_it_were_now(by_hand: Watched) -> None:
    by_the_way(by_hand, 0, celsius=4.0)
    take(by_hand, [30, 90], 12.0, arriving=6 * HOURS)
    assert by_hand.said() == []


def test_a_logger_read_out_weeks_later_raises_no_alarm_and_is_not_missed(tmp_path: Path, engine: Engine) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=told_by(placed(MILK, Place.MILK, device=LOGGER)))
    take(watched, range(0, 600, 10), 24.0, arriving=24 * HOURS)
    pass_time(watched, 24 * HOURS, 48 * HOURS)
    assert watched.said() == []
    watched.close()


def test_beside_a_probe_that_tells_by_itself_a_hand_is_neither_judged_nor_missed(
    tmp_path: Path, engine: Engine
) -> None:
    fleet = told_by(placed(OTHER, Place.WALL), placed(MILK, Place.MILK, device=HAND))
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet)
    take(watched, [0, 5], 20.0, arriving=5)
    take(watched, range(30), 12.0, arriving=30, probe=OTHER)
    assert {said.split(" ")[0] for said in watched.said()} == {"other"}
    for minute in range(31, 50 * HOURS, 20):
        take(watched, [minute], 4.0, arriving=minute, probe=OTHER)
    assert {said.split(" ")[0] for said in watched.said()} == {"other"}
    watched.close()


def test_a_sensor_of_another_maker_is_judged_as_ours_are_by_its_own_rhythm(tmp_path: Path, engine: Engine) -> None:
    fleet = told_by(placed(MILK, Place.WALL, device=ZIGBEE), placed(AIR, Place.AIR, device=ZIGBEE))
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet)
    by_the_way(watched, 0, 50, celsius=12.0)
    assert [said.split(" ")[1] for said in watched.said()] == ["beyond:warm", "beyond:hot"]
    pass_time(watched, 51, 50 + 2 * HOURS - 1)
    assert not any("silent" in said for said in watched.said())
    pass_time(watched, 50 + 2 * HOURS - 1, 50 + 2 * HOURS)
    assert watched.said()[-1] == f"milk silent breach 50→{50 + 2 * HOURS}"
    watched.close()
