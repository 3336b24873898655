"""Judging through crashes, other processes and lost files: everything is said once."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update

from coldchain_server.errors import LedgerUnavailable, SpoolUnavailable
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, CourseRow
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.watched import (
    MILK,
    WARM_FROM_5_TO_30,
    Watched,
)


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
        for statement in range(1, 60):
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
    assert watched.said() == WARM_FROM_5_TO_30


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_judge_one_spool_say_everything_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgresql") if kind == "postgresql" else f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = open_ledger(url)
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
    assert watched.said() == [*WARM_FROM_5_TO_30, "milk silent breach 44→74"]
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


def test_a_course_that_cannot_be_read_begins_anew_and_stops_nothing(watched: Watched, engine: Engine) -> None:
    watched.minutes(range(5), 9.0)
    with watched.sessions.begin() as session:
        session.execute(update(CourseRow).values(state='{"of": "later"}'))
    watched.stage = watched.judging()
    watched.minutes(range(5, 16), 9.0)
    assert [line for line in watched.said() if "beyond" in line] == ["milk beyond:warm breach 5→15"]


def test_nothing_new_writes_nothing(watched: Watched, engine: Engine) -> None:
    watched.minutes(range(5), 4.0)
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: written.append(statement))
    watched.at(6)
    watched.judge()
    assert [statement for statement in written if not statement.startswith("SELECT")] == []
