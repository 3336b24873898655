"""Which probe is judged by what, and what becomes of a breach when nobody judges it any more."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from coldchain_contract.readings import Quality
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Fleet, Place
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from invented.watched import (
    AIR,
    MILK,
    MINUTE_MS,
    OTHER,
    OTHER_DEVICE,
    OTHER_UNIT,
    PROFILE,
    START_MS,
    UNIT,
    WARM,
    Watched,
    fleet_of,
    placed,
    two_probes,
)


@pytest.mark.parametrize(("place", "level"), [(Place.MILK, "critical"), (Place.WALL, "critical")])
def test_faults_of_the_probe_that_speaks_for_the_milk_are_critical_and_of_another_a_warning(
    place: Place, level: str, tmp_path: Path, engine: Engine
) -> None:
    watched = two_probes(tmp_path, engine, place)
    watched.minutes(range(2), 4.0, probes=(MILK, AIR))
    watched.minutes(range(2, 15), Quality.CRC, probes=(MILK, AIR))
    assert watched.said() == ["milk fault breach 2→12", "air fault breach 2→12"]
    assert [row.level for row in watched.rows()[-2:]] == [level, "warning"]
    watched.close()


def test_limits_judge_the_milk_the_wall_where_no_probe_is_in_the_milk_and_never_the_air(
    tmp_path: Path, engine: Engine
) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(placed(MILK, Place.MILK), placed(AIR, Place.WALL)))
    watched.minutes(range(12), 9.0, probes=(MILK, AIR))
    assert watched.said() == ["milk beyond:warm breach 0→10"]
    watched.close()
    without_milk = fleet_of(placed(MILK, Place.WALL), placed(AIR, Place.AIR), placed(OTHER, Place.AMBIENT))
    (tmp_path / "wall").mkdir()
    ledger = open_ledger(f"sqlite:///{tmp_path / 'wall' / 'ledger.sqlite'}")
    Base.metadata.create_all(ledger)
    watched = Watched(tmp_path / "wall", sessions_of(ledger), fleet=without_milk)
    watched.minutes(range(12), 9.0, probes=(MILK, AIR, OTHER))
    assert watched.said() == ["milk beyond:warm breach 0→10"]
    watched.close()
    ledger.dispose()


def test_a_breach_is_withdrawn_when_the_probe_leaves_its_place_and_begins_anew_in_the_next(
    tmp_path: Path, engine: Engine
) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=moving(15))
    watched.minutes(range(28), 9.0)
    assert watched.said() == [
        "milk beyond:warm breach 0→10",
        "milk beyond:warm unknown 15→15",
        "milk fault fine 15→15",
        "milk silent fine 15→15",
        "milk beyond:warm breach 15→25",
    ]
    withdrawn = next(row for row in watched.rows() if row.standing == "unknown")
    assert (withdrawn.unit, withdrawn.reason) == (UNIT, Why.WITHDRAWN.value)
    assert watched.rows()[-1].unit == OTHER_UNIT
    watched.close()


def moving(at_minute: float) -> Fleet:
    """The probe sits in the milk of one cooler until that minute, and from then on in the milk of the other."""
    moved_ms = START_MS + round(at_minute * MINUTE_MS)
    return fleet_of(
        placed(MILK, Place.MILK, to_ms=moved_ms),
        placed(MILK, Place.MILK, unit=OTHER_UNIT, device=OTHER_DEVICE, from_ms=moved_ms),
    )


def test_a_probe_heard_from_its_next_place_before_the_servers_clock_says_so_is_withdrawn_from_the_first(
    tmp_path: Path, engine: Engine
) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=moving(15))
    watched.minutes(range(12), 9.0)
    watched.at(14)
    watched.send((MILK, 15, 9.0), (MILK, 14.5, 9.0))
    watched.send((MILK, 14.6, 9.0))
    watched.judge()
    assert [(row.unit, row.rule, row.standing) for row in watched.rows() if "beyond" in row.rule] == [
        (UNIT, "beyond:warm", "breach"),
        (UNIT, "beyond:warm", "unknown"),
    ]
    units = [row.unit for row in watched.rows()]
    assert UNIT not in units[units.index(OTHER_UNIT) :]
    watched.minutes(range(16, 27), 9.0)
    assert watched.said()[-1] == "milk beyond:warm breach 15→25"
    watched.close()


def test_a_wall_is_judged_until_a_probe_is_put_into_the_milk(tmp_path: Path, engine: Engine) -> None:
    better = fleet_of(placed(AIR, Place.WALL), placed(MILK, Place.MILK, from_ms=START_MS + 15 * MINUTE_MS))
    watched = Watched(tmp_path, sessions_of(engine), fleet=better)
    watched.minutes(range(12), 9.0, probes=(AIR,))
    watched.at(15)
    watched.judge()
    assert watched.said() == ["air beyond:warm breach 0→10", "air beyond:warm unknown 15→15"]
    watched.close()


def test_a_unit_with_a_probe_in_the_air_alone_is_judged_by_no_limit_and_its_silence_is_critical(
    tmp_path: Path, engine: Engine
) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(placed(AIR, Place.AIR)))
    watched.minutes(range(12), 9.0, probes=(AIR,))
    for minute in (20, 30, 40, 41):
        watched.at(minute)
        watched.judge()
    assert watched.said() == ["air silent breach 11→41"]
    assert watched.rows()[-1].level == "critical"
    watched.close()


def test_a_device_that_samples_every_hour_can_be_found_warm(tmp_path: Path, engine: Engine) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(sample_s=3600, report_s=3600))
    for minute in (0, 60):
        watched.minutes(range(minute, minute + 1), 9.0)
    assert [line for line in watched.said() if "beyond" in line] == [
        "milk beyond:warm breach 0→60",
        "milk beyond:hot breach 0→60",
    ]
    watched.close()


def test_a_reading_from_a_place_that_the_probe_has_left_is_no_news(tmp_path: Path, engine: Engine) -> None:
    taken_away = fleet_of(placed(MILK, Place.MILK, to_ms=START_MS + 12 * MINUTE_MS))
    watched = Watched(tmp_path, sessions_of(engine), fleet=taken_away)
    watched.minutes(range(8), 9.0)
    watched.at(12)
    watched.send(*((MILK, minute, 9.0) for minute in range(8, 12)))
    watched.judge()
    assert watched.said() == []
    assert watched.latest()["milk"].at_ms == START_MS + 11 * MINUTE_MS
    watched.close()


def test_a_breach_of_a_limit_that_was_taken_out_is_withdrawn_at_the_next_start(watched: Watched) -> None:
    watched.minutes(range(25), 9.0)
    gentler = structs.replace(PROFILE, limits=(WARM,))
    watched.stage = watched.judging(fleet=fleet_of(profile=gentler))
    watched.judge()
    assert watched.said()[-1] == "milk beyond:hot unknown 24→24"
    watched.minutes(range(25, 35), 4.0)
    assert watched.said()[-1] == "milk beyond:warm fine 25→25"  # by other terms it begins anew


def test_a_servers_clock_that_is_behind_withdraws_nothing(watched: Watched) -> None:
    watched.minutes(range(12), 9.0)
    before = watched.said()
    watched.at(-500_000)
    watched.stage = watched.judging()
    watched.judge()
    assert watched.said() == before
    watched.minutes(range(12, 22), 4.0)
    assert watched.said()[-1] == "milk beyond:warm fine 12→17"


def test_readings_of_a_probe_without_a_place_are_remembered_and_judged_by_nothing(watched: Watched) -> None:
    watched.at(0)
    watched.send((OTHER, 0, 30.0))
    watched.judge()
    assert watched.rows() == []
    assert watched.latest()["other"].value == 30.0
