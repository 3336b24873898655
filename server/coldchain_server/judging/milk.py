"""What people told of the milk, as judging needs it: by unit, in order, and what of it came too late for a course."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

from sqlalchemy.orm import Session

from coldchain_judgement.course import Course
from coldchain_judgement.milk.events import Event
from coldchain_server.ledger.tables import MilkEventRow
from coldchain_server.milk import rows

KEPT_MS = 10 * 86_400_000
"""How far back live judging knows events: no milk is held for longer."""
_SETTLED_MS = 10_000
_BEFORE_MS = 86_400_000
"""How far back what was told counts for a course that begins."""
_NONE: Sequence[Event] = ()
_at_ms = attrgetter("at_ms")


class Told:
    """Events in force, by unit; those up to `through` have been heeded. `learn` says which came since."""

    def __init__(self, session: Session, *, through: int, now_ms: int) -> None:
        self.through = through
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._by_number: dict[int, tuple[str, Event]] = {}
        self._seen: dict[int, int] = {}
        for row in rows.since(session, 0, from_ms=now_ms - KEPT_MS):
            if row.id <= through:
                self._take(row)

    def learn(self, session: Session, *, now_ms: int) -> list[tuple[str, int]]:
        """Take what is new in the ledger; return (unit, instant) of each event that now counts, or no longer does.

        Rows are asked for again for a while: another transaction's may appear after some with higher numbers.
        """
        changed = []
        for row in rows.since(session, self.through, from_ms=now_ms - KEPT_MS):
            if row.id not in self._seen:
                self._seen[row.id] = row.learnt_ms
                if self._take(row):
                    changed.append((row.unit, row.at_ms))
        old = [number for number, learnt_ms in self._seen.items() if learnt_ms < now_ms - _SETTLED_MS]
        if old:
            self.through = max(old)
            self._seen = {number: ms for number, ms in self._seen.items() if number > self.through}
        return changed

    def between(self, unit: str, course: Course, at_ms: int) -> Sequence[Event]:
        """Return what was told of a unit since the last reading of its course, up to `at_ms`."""
        events = self._events.get(unit)
        if not events:
            return _NONE
        return events[_begin(events, course, at_ms) : bisect_right(events, at_ms, key=_at_ms)]

    def _take(self, row: MilkEventRow) -> bool:
        if row.withdraws is not None:
            gone = self._by_number.pop(row.withdraws, None)
            if gone is None:
                return False
            self._events[gone[0]].remove(gone[1])
            return True
        event = rows.event_of(row)
        if event is None:
            return False
        self._by_number[row.id] = row.unit, event
        insort(self._events[row.unit], event, key=_at_ms)
        return True


def between(events: Sequence[Event], course: Course, at_ms: int) -> Sequence[Event]:
    """Return those of a unit's events, in order, that came since the last reading of its course, up to `at_ms`."""
    return events[_begin(events, course, at_ms) : bisect_right(events, at_ms, key=_at_ms)] if events else _NONE


def _begin(events: Sequence[Event], course: Course, at_ms: int) -> int:
    """A course that begins knows what it took over of the milk, if any, and otherwise the last day."""
    if course.last_ms is not None:
        return bisect_right(events, course.last_ms, key=_at_ms)
    if course.milk is not None:
        return bisect_right(events, course.milk.at_ms, key=_at_ms)
    return bisect_left(events, at_ms - _BEFORE_MS, key=_at_ms)
