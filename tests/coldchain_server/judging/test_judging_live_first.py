"""What was just taken is judged before what piled up somewhere, and what is said is the same as without it."""

from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.spool.model import Accepted, Spooled
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.watched import DEVICE, MILK, MINUTE_MS, SITE, START_MS, WARM_FROM_5_TO_30, Watched

_DAYS_AGO = -10_000


class Backlog:
    """Packs of readings taken days before the watched cooler's first minute, a minute apart."""

    def __init__(self, watched: Watched) -> None:
        self._watched, self._outbox, self._numbers = watched, uuid4(), count(1)

    def send(self, packs: int, *, celsius: float = 30.0) -> None:
        self._watched.spool.admit([self._pack(celsius) for _ in range(packs)])

    def _pack(self, celsius: float) -> Accepted:
        number = next(self._numbers)
        taken = Reading(probe=MILK, at_ms=START_MS + (_DAYS_AGO + number) * MINUTE_MS, value=celsius)
        pack = Pack(outbox=self._outbox, sequences=Sequences.of([number]), readings=(taken,))
        now_ms = self._watched.clock.now_ms()
        return Accepted(site=SITE, device=DEVICE, live=False, received_ms=now_ms, pack=pack)


def test_a_breach_is_said_in_the_next_step_however_much_backlog_came_before_it(watched: Watched) -> None:
    watched.minutes(range(10), 9.0)
    watched.at(10)
    Backlog(watched).send(1000)
    watched.send((MILK, 10, 9.0))
    assert watched.stage.step()
    assert watched.said() == ["milk beyond:warm breach 0→10"]


def test_many_live_packs_are_passed_with_few_commits(watched: Watched, engine: Engine) -> None:
    watched.at(6)
    for second in range(300):
        watched.send((MILK, second / 60, 4.0))
    committed: list[object] = []
    event.listen(engine, "commit", committed.append)
    watched.judge()
    assert watched.spool.position("judging") == 300
    assert len(committed) < 20


def test_backlog_is_read_to_its_end_and_leaves_the_spool(watched: Watched) -> None:
    watched.minutes(range(3), 4.0)
    Backlog(watched).send(37)
    watched.send((MILK, 3, 4.0))
    watched.judge()
    watched.spool.advance("writing", 41)
    assert (watched.spool.position("judging"), watched.spool.depth()) == (41, 0)
    assert watched.spool.live_after(0, 100) == []


def test_a_cooler_that_falls_silent_is_said_while_backlog_of_others_waits(watched: Watched) -> None:
    backlog = Backlog(watched)
    watched.minutes(range(10), 4.0)
    for minute in range(10, 45):
        watched.at(minute)
        backlog.send(20)
        assert watched.stage.step()
    assert watched.said() == ["milk silent breach 9→39"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(piles=st.lists(st.integers(0, 12), min_size=45, max_size=45), steps=st.lists(st.integers(0, 3), min_size=45))
def test_backlog_in_between_changes_nothing_of_what_is_said(
    piles: list[int], steps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("live-first")
    engine = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    watched = Watched(folder, sessions_of(engine))
    backlog = Backlog(watched)
    for minute, (packs, more_steps) in enumerate(zip(piles, steps, strict=False)):
        watched.at(minute)
        backlog.send(packs)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
        for _ in range(1 + more_steps):
            watched.stage.step()
    watched.judge()
    assert watched.said() == WARM_FROM_5_TO_30
    assert watched.latest()["milk"].at_ms == START_MS + 44 * MINUTE_MS
    watched.close()
    engine.dispose()


class Dies(Exception):
    """The process is gone in the middle of a transaction."""


def test_a_crash_before_any_statement_changes_nothing_of_what_is_said(watched: Watched, engine: Engine) -> None:
    backlog, left, deaths = Backlog(watched), -1, 0

    def die(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Dies

    event.listen(engine, "before_cursor_execute", die)
    for minute in range(45):
        watched.at(minute)
        backlog.send(minute % 7)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
        for statement in range(1, 40):
            left = statement
            try:
                watched.judge()
                break
            except Dies:
                deaths += 1
                watched.stage = watched.judging()
        left = -1
    assert deaths > 200
    assert watched.said() == WARM_FROM_5_TO_30
    assert watched.spool.position("judging") == 45 + sum(minute % 7 for minute in range(45))


@pytest.mark.parametrize("judged_before", [0, 9], ids=["nothing had left it", "some had left it"])
def test_a_spool_lost_while_live_packs_waited_is_judged_from_its_first_pack(
    watched: Watched, judged_before: int
) -> None:
    watched.minutes(range(judged_before), 9.0)
    watched.at(9)
    for second in range(60):
        watched.send((MILK, 4 + second / 12, 9.0))
    watched.stage.step()
    watched.close()
    for file in watched.folder.glob("spool.sqlite*"):
        file.unlink()
    watched.spool = Spool(watched.folder / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    watched.stage = watched.judging()
    watched.minutes(range(10, 15), 9.0)
    (breach,) = (line for line in watched.said() if "breach" in line)
    assert breach == f"milk beyond:warm breach {'0→10' if judged_before else '4→14'}"


class Overtaken(Spool):
    """A spool into which a pack comes right after what is live in it was read."""

    comes = staticmethod(lambda: None)

    def live_after(self, position: int, limit: int) -> list[Spooled]:
        found = super().live_after(position, limit)
        self.comes()
        return found


def test_a_pack_that_comes_while_a_batch_is_read_is_judged(watched: Watched) -> None:
    watched.close()
    watched.spool = spool = Overtaken(watched.folder / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    watched.stage = watched.judging()
    for minute in range(11):
        watched.at(minute)
        spool.comes = lambda: watched.send((MILK, minute, 9.0))  # noqa: B023
        watched.stage.step()
        spool.comes = lambda: None
    watched.judge()
    assert watched.said() == ["milk beyond:warm breach 0→10"]
