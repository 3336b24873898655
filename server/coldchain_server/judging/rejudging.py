"""Rejudging as a stage: takes dirty stretches and the store's readings, leaves the timeline as those would have it."""

from typing import Protocol, cast

import structlog
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.fleet.model import Fleet
from coldchain_server.judging import checkpoints, timeline
from coldchain_server.judging.aftermath import Aftermath
from coldchain_server.judging.following import Followed
from coldchain_server.judging.tasks import Task, Tasks, stand_text
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import DirtyRow
from coldchain_server.spool.model import Spooled
from coldchain_server.store.protocol import Point

WRITING = "writing"
PORTION = 2000
"""So many readings are judged anew at a time, so that live judging is never long without a processor."""

log = structlog.get_logger()


class SpoolToFollow(Protocol):
    """What rejudging needs of the spool: what the store writer has written, and whether more waits."""

    def position(self, consumer: str) -> int: ...

    def after(self, position: int, limit: int) -> list[Spooled]: ...


class ReadingsInStore(Protocol):
    """What rejudging needs of the store."""

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = ...) -> list[Point]: ...


class Rejudging:
    """Judges anew what late readings touched, in portions, while live judging goes on from its own courses.

    A portion is one transaction; it is dropped where the stretch was marked again meanwhile. `judged` counts the
    readings. Raises `StoreUnavailable` and `StoreRefused`: everything then stays as it is, and is done later.
    """

    name = "rejudging"

    def __init__(
        self, *, spool: SpoolToFollow, store: ReadingsInStore, sessions: Sessions, fleet: Fleet, clock: Clock
    ) -> None:
        self._spool, self._store, self._sessions, self._clock = spool, store, sessions, clock
        watches = Watches(fleet)
        self._tasks, self._aftermath = Tasks(fleet, watches), Aftermath(fleet, sessions)
        self._waiting: Task | None = None
        self.judged = 0

    def step(self) -> bool:
        """Judge one portion anew, if one is due and the store has it; always leaves time to the other stages."""
        task, self._waiting = self._waiting or self._due(), None
        if task is None:
            self._aftermath.let_go(now_ms=self._clock.now_ms())
        elif self._is_written(task.position):
            self._work(task)
        else:
            self._waiting = task
        return False

    def _due(self) -> Task | None:
        now_ms = self._clock.now_ms()
        wanted = select(DirtyRow).where(DirtyRow.due_ms <= now_ms).order_by(DirtyRow.due_ms).limit(1)
        with self._sessions() as session:
            if session.scalars(wanted).first() is None:
                return None
        with self._sessions.begin() as session:
            row = session.scalars(wanted).first()
            return None if row is None else self._tasks.task(session, row, now_ms=now_ms)

    def _is_written(self, position: int) -> bool:
        """Return whether the store has the spool up to `position`; a spool that was begun anew may never get there."""
        written = self._spool.position(WRITING)
        return written >= position or not self._spool.after(written, 1)

    def _work(self, task: Task) -> None:
        points = self._store.points(task.place[0], task.stand.through_ms + 1, task.until_ms + 1, PORTION)
        followed = task.followed([point.reading for point in points], reached=len(points) < PORTION)
        self.judged += len(points)
        with self._sessions.begin() as session:
            if not _moved_on(session, task, followed, due_ms=self._clock.now_ms() + task.look_again_ms):
                return
            after_ms, through_ms = task.stand.through_ms, followed.stand.through_ms
            timeline.replace(session, task.place, task.unit, followed.told, after_ms=after_ms, through_ms=through_ms)
            checkpoints.write(session, task.place, followed.checkpoints)
            if followed.ends:
                self._aftermath.sum_up(session, task, renewed_ms=followed.stand.renewed_ms, now_ms=self._clock.now_ms())


def _moved_on(session: Session, task: Task, followed: Followed, *, due_ms: int) -> bool:
    """Enter how far the stretch is followed; False, and the transaction worth nothing, where it was marked again."""
    probe, from_ms = task.place
    seen = (DirtyRow.probe == probe, DirtyRow.from_ms == from_ms, DirtyRow.marks == task.marks)
    if followed.met:
        return cast("CursorResult[object]", session.execute(delete(DirtyRow).where(*seen))).rowcount == 1
    values: dict[str, object] = {
        "marks": task.marks + 1,
        "through_ms": followed.stand.through_ms,
        "course": stand_text(followed.stand),
    }
    if followed.ends:
        values |= {"start_ms": None, "end_ms": None, "due_ms": due_ms}
    moving = update(DirtyRow).where(*seen).values(**values).execution_options(synchronize_session=False)
    return cast("CursorResult[object]", session.execute(moving)).rowcount == 1
