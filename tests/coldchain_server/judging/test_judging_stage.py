"""Judging between a real spool and a real ledger: what is said, when, and that nothing is said twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import json, structs
from sqlalchemy import Engine, event, update

from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.errors import LedgerUnavailable, SpoolUnavailable
from coldchain_server.fleet.model import Place
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, RuleStateRow
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from servers.postgresql import Postgresql
from watched import (
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
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def watched(tmp_path: Path, engine: Engine) -> Iterator[Watched]:
    watched = Watched(tmp_path, sessions_of(engine))
    yield watched
    watched.close()


BREACH_AND_END = [
    "milk beyond:warm breach 5→15",
    "milk beyond:hot breach 5→25",
    "milk beyond:warm fine 30→35",
    "milk beyond:hot fine 30→40",
]


def warm_for_a_while(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.minutes(range(5, 30), 9.0)
    watched.minutes(range(30, 45), 4.0)


def test_milk_that_is_warm_for_long_is_said_and_said_to_be_over(watched: Watched) -> None:
    warm_for_a_while(watched)
    assert watched.said() == BREACH_AND_END


def test_a_verdict_says_why_and_when_it_was_learnt_and_keeps_the_limit_as_it_was(watched: Watched) -> None:
    watched.minutes(range(10), 9.0)
    watched.at(12)
    watched.send((MILK, 10, 11.5), (MILK, 11, 9.0))
    watched.judge()
    row = next(row for row in watched.rows() if row.standing == "breach")
    assert (row.site, row.unit, row.subject, row.rule) == ("menaka", UNIT, MILK, "beyond:warm")
    assert (row.reason, row.level) == (Why.TOO_WARM.value, Level.WARNING.value)
    assert (row.since_ms, row.happened_ms) == (START_MS, START_MS + 10 * MINUTE_MS)
    assert row.learnt_ms == START_MS + 12 * MINUTE_MS
    evidence = json.decode(row.evidence, type=Evidence)
    assert (evidence.limit, evidence.profile, evidence.worst_celsius) == (WARM, "daily", 11.5)


def test_what_is_said_does_not_depend_on_when_judging_runs(watched: Watched) -> None:
    for minute in range(45):
        watched.at(minute)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
    watched.judge()
    assert [line for line in watched.said() if "beyond" in line] == BREACH_AND_END
    assert watched.spool.depth() == 45  # the store writer has not been there yet
    assert watched.spool.position("judging") == 45


def test_a_restart_at_every_minute_changes_nothing_of_what_is_said(watched: Watched) -> None:
    for minute in range(45):
        watched.stage = watched.judging()
        watched.minutes(range(minute, minute + 1), 9.0 if 5 <= minute < 30 else 4.0)
    assert watched.said() == BREACH_AND_END


# Late data.


def test_late_readings_raise_no_alarm_and_clear_none(watched: Watched) -> None:
    watched.minutes(range(2), 4.0)
    watched.at(100)
    watched.send(*((MILK, minute, 30.0) for minute in range(2, 60)))
    watched.judge()
    assert watched.said() == []
    watched.minutes(range(100, 111), 9.0)
    before = watched.said()
    assert before[-1] == "milk beyond:warm breach 100→110"
    watched.send(*((MILK, minute, 4.0) for minute in range(61, 99)))
    watched.judge()
    assert watched.said() == before


def test_a_reading_is_late_six_minutes_after_its_instant_where_reports_come_every_minute(watched: Watched) -> None:
    watched.minutes(range(10), 9.0)
    watched.send((MILK, 10, 9.0), received=16.01)
    watched.judge()
    assert watched.said() == []
    watched.send((MILK, 10.5, 9.0), received=16.5)
    watched.judge()
    assert watched.said() == ["milk beyond:warm breach 0→10.5"]


def test_readings_that_come_out_of_order_do_not_disturb(watched: Watched) -> None:
    watched.minutes(range(8), 9.0)
    watched.send((MILK, 3.5, 4.0))
    watched.send((MILK, 9, 9.0), (MILK, 8, 9.0))
    watched.minutes(range(10, 12), 9.0)
    assert watched.said() == ["milk beyond:warm breach 0→10"]


# Silence.


def test_half_an_hour_without_a_word_is_said_at_once_and_so_is_its_end(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    for minute in (10, 20, 30, 33.99):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(34)
    watched.judge()
    assert watched.said() == ["milk silent breach 4→34"]
    assert watched.rows()[-1].level == "critical"
    for minute in (40, 50, 59):
        watched.at(minute)
        watched.judge()
    watched.minutes(range(60, 63), 4.0)
    assert watched.said() == ["milk silent breach 4→34", "milk silent fine 60→60"]


def test_the_servers_own_downtime_is_no_silence_of_a_device(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.at(600)
    watched.stage = watched.judging()
    for minute in (600, 609, 618, 627, 629.99):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(630)
    watched.judge()
    assert watched.said() == ["milk silent breach 4→630"]


def test_a_clock_that_leaps_or_a_stage_that_stood_still_silences_nobody(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.at(600)
    watched.judge()
    watched.at(3)
    watched.judge()
    watched.at(6)
    watched.judge()
    assert watched.said() == []


def test_a_restart_ends_no_silence(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    for minute in (14, 24, 34):
        watched.at(minute)
        watched.judge()
    watched.at(35)
    watched.stage = watched.judging()
    watched.judge()
    assert watched.said() == ["milk silent breach 4→34"]


def test_a_probe_that_was_never_heard_in_its_place_is_not_there_yet_and_not_silent(watched: Watched) -> None:
    for minute in range(0, 100, 5):
        watched.at(minute)
        watched.judge()
    assert watched.rows() == []


def test_nobody_is_judged_silent_while_packs_wait_that_may_be_theirs(tmp_path: Path, engine: Engine) -> None:
    both = fleet_of(placed(MILK, Place.MILK), placed(OTHER, Place.MILK, unit=OTHER_UNIT, device=OTHER_DEVICE))
    watched = Watched(tmp_path, sessions_of(engine), fleet=both)
    watched.minutes(range(5), 4.0)
    for minute in (14, 23, 32):
        watched.at(minute)
        watched.judge()
    watched.at(36)
    for second in range(60):
        watched.send((OTHER, 35 + second / 60, 4.0))
    watched.send((MILK, 36, 4.0))
    watched.judge()
    assert [line for line in watched.said() if line.startswith("milk")] == []
    watched.close()


def test_a_device_that_reports_every_hour_is_not_silent_after_half_of_it(tmp_path: Path, engine: Engine) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(report_s=3600))
    watched.minutes(range(1), 4.0)
    for minute in range(9, 118, 9):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(120)
    watched.judge()
    assert watched.said() == ["milk silent breach 0→120"]
    watched.close()


def test_a_device_with_its_clock_ahead_is_heard_when_it_is_heard(watched: Watched) -> None:
    watched.at(0)
    watched.send((MILK, 9, 4.0))
    watched.judge()
    for minute in (10, 20, 30):
        watched.at(minute)
        watched.judge()
    assert watched.said()[-1] == "milk silent breach 0→30"


# Probes and places.


def two_probes(folder: Path, engine: Engine, place: Place = Place.MILK) -> Watched:
    return Watched(folder, sessions_of(engine), fleet=fleet_of(placed(MILK, place), placed(AIR, Place.AIR)))


def test_when_a_device_falls_silent_one_probe_a_unit_says_so(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    watched.minutes(range(5), 4.0, probes=(MILK, AIR))
    for minute in range(10, 60, 5):
        watched.at(minute)
        watched.judge()
    watched.minutes(range(60, 62), 4.0, probes=(MILK, AIR))
    assert watched.said() == ["milk silent breach 4→34", "milk silent fine 60→60"]
    watched.close()


def test_one_probe_silent_beside_another_is_a_warning(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    watched.minutes(range(5), 4.0, probes=(MILK, AIR))
    watched.minutes(range(5, 40), 4.0, probes=(MILK,))
    assert watched.said() == ["air silent breach 4→34"]
    assert watched.rows()[-1].level == "warning"
    watched.close()


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
    moving = fleet_of(
        placed(MILK, Place.MILK, to_ms=START_MS + 15 * MINUTE_MS),
        placed(MILK, Place.MILK, unit=OTHER_UNIT, device=OTHER_DEVICE, from_ms=START_MS + 15 * MINUTE_MS),
    )
    watched = Watched(tmp_path, sessions_of(engine), fleet=moving)
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


def test_a_breach_of_a_limit_that_was_taken_out_is_withdrawn_at_the_next_start(watched: Watched) -> None:
    watched.minutes(range(25), 9.0)
    gentler = structs.replace(PROFILE, limits=(WARM,))
    watched.stage = watched.judging(fleet=fleet_of(profile=gentler))
    watched.judge()
    assert watched.said()[-1] == "milk beyond:hot unknown 24→24"
    watched.minutes(range(25, 35), 4.0)
    assert watched.said()[-1] == "milk beyond:warm fine 25→30"


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


# The newest reading of each probe.


def test_the_newest_reading_is_by_instant_and_keeps_the_newest_value_beside_a_fault(watched: Watched) -> None:
    watched.minutes(range(3), 4.0)
    watched.minutes(range(3, 5), Quality.GONE)
    watched.send((MILK, 1.5, 20.0), (MILK, 2.5, 6.0))
    watched.judge()
    row = watched.latest()["milk"]
    assert (row.at_ms, row.quality, row.value) == (START_MS + 4 * MINUTE_MS, "gone", None)
    assert (row.ok_at_ms, row.ok_value) == (START_MS + round(2.5 * MINUTE_MS), 6.0)
    watched.at(200)
    watched.send((MILK, 100, 7.0))
    watched.judge()
    row = watched.latest()["milk"]
    assert (row.at_ms, row.received_ms, row.value) == (START_MS + 100 * MINUTE_MS, START_MS + 200 * MINUTE_MS, 7.0)


# Crashes, other processes, lost files.


class FailingSpool(Spool):
    """A spool whose disk is full for one call."""

    fails = False

    def advance(self, consumer: str, position: int) -> None:
        if self.fails:
            self.fails = False
            raise SpoolUnavailable("the disk is full")
        super().advance(consumer, position)


def test_a_crash_after_the_ledger_and_before_the_spool_says_nothing_twice(watched: Watched) -> None:
    watched.close()
    watched.spool = spool = FailingSpool(watched.folder / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    watched.stage = watched.judging()
    watched.minutes(range(10), 9.0)
    watched.at(10)
    watched.send((MILK, 10, 9.0))
    spool.fails = True
    with pytest.raises(SpoolUnavailable):
        watched.judge()
    assert spool.position("judging") == 10
    watched.stage = watched.judging()
    watched.judge()
    assert spool.position("judging") == 11
    assert watched.said() == ["milk beyond:warm breach 0→10"]


class Dies(Exception):
    """The process is gone in the middle of a transaction."""


def test_a_crash_before_any_statement_of_a_step_changes_nothing_of_what_is_said(
    watched: Watched, engine: Engine
) -> None:
    left = -1

    def die(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Dies

    event.listen(engine, "before_cursor_execute", die)
    deaths = 0
    for minute in range(45):
        watched.at(minute)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
        for statement in range(1, 30):
            left = statement
            try:
                watched.judge()
                break
            except Dies:
                deaths += 1
                if statement % 2:
                    watched.stage = watched.judging()
        left = -1
    assert deaths > 200
    assert watched.said() == BREACH_AND_END


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_judge_one_spool_say_everything_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Postgresql | None = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    engine = open_ledger(server.url if server else f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    watched = Watched(tmp_path, sessions_of(engine))
    one, other = watched.judging(), watched.judging()
    for minute in range(45):
        watched.at(minute)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
        for stage in (one, other, one):
            watched.stage = stage
            watched.judge()
    for minute in range(45, 80):
        watched.at(minute)
        for stage in (one, other):
            watched.stage = stage
            watched.judge()
    assert watched.said() == [*BREACH_AND_END, "milk silent breach 44→74"]
    watched.close()
    engine.dispose()


def test_an_engine_that_is_away_stops_nothing_for_good(watched: Watched, engine: Engine) -> None:
    watched.minutes(range(5), 9.0)

    def away(*_: object) -> None:
        raise LedgerUnavailable("the ledger is away")

    event.listen(engine, "before_cursor_execute", away)
    for minute in range(5, 10):
        watched.at(minute)
        watched.send((MILK, minute, 9.0))
        with pytest.raises(LedgerUnavailable):
            watched.judge()
    event.remove(engine, "before_cursor_execute", away)
    watched.minutes(range(10, 12), 9.0)
    assert watched.said() == ["milk beyond:warm breach 0→10"]


def test_a_spool_that_was_lost_and_begun_anew_is_judged_from_its_first_pack(watched: Watched) -> None:
    watched.minutes(range(12), 9.0)
    watched.close()
    for file in watched.folder.glob("spool.sqlite*"):
        file.unlink()
    watched.spool = Spool(watched.folder / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    watched.stage = watched.judging()
    watched.minutes(range(12, 22), 4.0)
    assert watched.said()[-1] == "milk beyond:warm fine 12→17"


def test_a_state_that_cannot_be_read_begins_anew_and_stops_nothing(watched: Watched, engine: Engine) -> None:
    watched.minutes(range(5), 9.0)
    with watched.sessions.begin() as session:
        session.execute(update(RuleStateRow).where(RuleStateRow.rule == "beyond:warm").values(state='{"of": "later"}'))
    watched.stage = watched.judging()
    watched.minutes(range(5, 16), 9.0)
    assert watched.said() == ["milk beyond:warm breach 5→15"]


def test_nothing_new_writes_nothing(watched: Watched, engine: Engine) -> None:
    watched.minutes(range(5), 4.0)
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: written.append(statement))
    watched.at(6)
    watched.judge()
    assert written == []
