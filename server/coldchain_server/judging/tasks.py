"""What is to be judged anew: a dirty stretch with all that following it needs."""

from collections.abc import Mapping, Sequence

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quantity, Reading
from coldchain_judgement.course import Course
from coldchain_judgement.milk.events import Event
from coldchain_server.fleet.model import Fleet, Placement
from coldchain_server.judging import checkpoints, terms
from coldchain_server.judging.checkpoints import Checkpoint
from coldchain_server.judging.following import Followed, Following, Stand
from coldchain_server.judging.lateness import Place
from coldchain_server.judging.memory import Kept, kept_of
from coldchain_server.judging.milk import KEPT_MS
from coldchain_server.judging.stage import CONSUMER, LIVE
from coldchain_server.judging.taking import decoded
from coldchain_server.judging.terms import Change, History
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger import cursors
from coldchain_server.ledger.set_aside import stretches_aside, was_aside
from coldchain_server.ledger.tables import DirtyRow
from coldchain_server.milk.rows import in_force

log = structlog.get_logger()

LOOK_AGAIN_MS = 60_000
"""How long after all is followed it is looked again whether live judging has come farther."""

LOOK_SELDOM_MS = 3_600_000
"""The same where live judging has nothing of this place, as of a logger that is read out once a month."""

_decoder = msgspec.json.Decoder(Stand)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One place to be followed from `stand` to `until_ms`, once the store has the spool up to `position`.

    `dirty_from_ms` to `dirty_to_ms` is what late readings touched. `is_live`: live judging has a course of its own.
    `aside` is when the probe was set aside: what it measured then is judged by nobody.
    """

    placement: Placement
    marks: int
    stand: Stand
    until_ms: int
    dirty_from_ms: int
    dirty_to_ms: int
    position: int
    is_live: bool
    history: History
    live: Mapping[int, Checkpoint]
    watches: Watches
    events: tuple[Event, ...] = ()
    aside: tuple[tuple[int, int | None], ...] = ()

    @property
    def place(self) -> Place:
        return self.placement.probe, self.placement.from_ms

    @property
    def unit(self) -> str:
        return self.placement.unit

    @property
    def look_again_ms(self) -> int:
        """Return how long after all is followed to look again."""
        return LOOK_AGAIN_MS if self.is_live else LOOK_SELDOM_MS

    def followed(self, readings: Sequence[Reading], *, reached: bool) -> Followed:
        """Follow readings, oldest first; `reached`: there are no more of them up to `until_ms`."""
        following = Following(
            self.stand, self.history, live=self.live, dirty_to_ms=self.dirty_to_ms, events=self.events
        )
        followed = following.follow(reading for reading in readings if self._counts(reading))
        if followed.met:
            return followed
        through_ms = self.until_ms if reached else readings[-1].at_ms
        stand = msgspec.structs.replace(followed.stand, through_ms=through_ms)
        return msgspec.structs.replace(followed, stand=stand, reached=reached)

    def _counts(self, reading: Reading) -> bool:
        """Return whether a reading was taken in this place, and was to be judged there."""
        if reading.quantity is not Quantity.TEMPERATURE or was_aside(self.aside, reading.at_ms):
            return False
        watch = self.watches.of(reading.probe, reading.at_ms)
        return watch is not None and watch.placement == self.placement


class Tasks:
    """Makes tasks of dirty stretches, as the ledger says now."""

    def __init__(self, fleet: Fleet, watches: Watches) -> None:
        self._watches = watches
        self._placements = {(one.probe, one.from_ms): one for one in fleet.placements}

    def task(self, session: Session, row: DirtyRow, *, now_ms: int) -> Task | None:
        """Return what is to be done about `row`; where there is nothing now, None, and it is put off."""
        placement = self._placements.get((ProbeUrn(row.probe), row.from_ms))
        if placement is None:
            log.warning("late readings of a place that the fleet file no longer has are not judged", probe=row.probe)
            session.delete(row)
            return None
        live = kept_of(session, placement.probe)
        live = live if live is not None and live.is_in(placement) else None
        stand = _stand(session, row)
        until_ms = _until(row, live)
        if until_ms <= stand.through_ms:
            row.due_ms = now_ms + (LOOK_SELDOM_MS if live is None else LOOK_AGAIN_MS)
            return None
        dirty_from_ms = stand.through_ms + 1 if row.start_ms is None else row.start_ms
        return Task(
            placement=placement,
            marks=row.marks,
            stand=stand,
            until_ms=until_ms,
            dirty_from_ms=dirty_from_ms,
            dirty_to_ms=stand.through_ms if row.end_ms is None else row.end_ms,
            # Asked after what live judging has: all that is in its course was read up to here.
            position=max(row.position, *(cursors.position(session, cursor) for cursor in (CONSUMER, LIVE))),
            is_live=live is not None,
            history=self._history(session, placement, since_ms=dirty_from_ms, live=live),
            live=checkpoints.after(session, (placement.probe, placement.from_ms), stand.through_ms),
            watches=self._watches,
            events=tuple(in_force(session, placement.unit, from_ms=stand.through_ms - KEPT_MS, to_ms=until_ms)),
            aside=stretches_aside(session, placement.probe),
        )

    def _history(self, session: Session, placement: Placement, *, since_ms: int, live: Kept | None) -> History:
        """Return by what the place is judged; where live judging never entered it, its present terms are entered."""
        place = (placement.probe, placement.from_ms)
        history = terms.history(session, place)
        watch = self._watches.watch(placement, since_ms)
        if history is not None and (live is not None or history.terms[-1] == watch.terms):
            return history
        change = Change(place=place, since_ms=since_ms, key=watch.terms_key, terms=watch.terms)
        terms.enter(session, [change])
        return terms.history(session, place) or History((since_ms,), (watch.terms,))


def stand_text(stand: Stand) -> str:
    """Return a stand as text, to go on from."""
    return msgspec.json.encode(stand).decode()


def _stand(session: Session, row: DirtyRow) -> Stand:
    """Return from where to follow: as far as that has come, else from a checkpoint before the stretch, or nothing."""
    if row.course is not None:
        try:
            return _decoder.decode(row.course)
        except msgspec.MsgspecError:  # another version wrote it
            log.warning("late readings are judged from their beginning", probe=row.probe)
    place = (ProbeUrn(row.probe), row.from_ms)
    start_ms = row.from_ms if row.start_ms is None else row.start_ms
    found = checkpoints.before(session, place, start_ms)
    while found is not None:
        try:
            return Stand(course=decoded(found.state), through_ms=found.at_ms)
        except msgspec.MsgspecError:
            found = checkpoints.before(session, place, found.at_ms)
    return Stand(course=Course(), through_ms=row.from_ms - 1)


def _until(row: DirtyRow, live: Kept | None) -> int:
    """Return up to where readings are to be followed: as far as live judging has come, or late readings reach."""
    come_ms = live.settled.last_ms if live is not None else None
    return max(at_ms for at_ms in (come_ms, row.end_ms, row.from_ms - 1) if at_ms is not None)
