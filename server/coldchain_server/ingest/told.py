"""What was told of the milk, for the boxes beside it: their light goes by all of it, wherever it was told."""

import time
from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import MilkEventSetting
from coldchain_judgement.milk.events import Emptied, Event, Tested
from coldchain_server.ingest.milk import CHANNEL
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import MilkEventRow
from coldchain_server.milk.rows import event_of

LATELY_MS = 4 * 86_400_000
"""How far back a box is told: no raw milk is kept for longer."""
MOST_EVENTS = 12
"""Of a unit: a config is one message of at most 16 KiB, and milk that was moved carries all that is known of it."""
_LOOK_EVERY_S = 1.0


class ToldOf(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of the milk in a unit, oldest first, and the ids of what its box told that counts no longer."""

    events: tuple[MilkEventSetting, ...] = ()
    withdrawn: tuple[str, ...] = ()


class Tellings:
    """Says what is told of each unit, and of which something new was. One thread only; `LedgerUnavailable`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._through, self._looked_s = 0, float("-inf")

    def all(self, *, now_ms: int) -> dict[UnitId, ToldOf]:
        """Return what was told of every unit; `changed` goes on from there."""
        with self._sessions() as session:
            self._through = _newest(session)
            wanted = select(MilkEventRow).where(MilkEventRow.at_ms >= now_ms - LATELY_MS)
            return _by_unit(session.scalars(wanted.order_by(MilkEventRow.at_ms, MilkEventRow.id)))

    def changed(self, *, now_ms: int) -> dict[UnitId, ToldOf]:
        """Return what was told of the units of which something new was; looks once a second."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return {}
        self._looked_s = now_s
        with self._sessions() as session:
            newest = _newest(session)
            if newest == self._through:
                return {}
            units = set(session.scalars(select(MilkEventRow.unit).where(MilkEventRow.id > self._through)))
            wanted = select(MilkEventRow).where(MilkEventRow.unit.in_(units), MilkEventRow.at_ms >= now_ms - LATELY_MS)
            told = _by_unit(session.scalars(wanted.order_by(MilkEventRow.at_ms, MilkEventRow.id)))
            self._through = newest
        return {UnitId(unit): told.get(UnitId(unit), ToldOf()) for unit in units}


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(MilkEventRow.id))) or 0


def _by_unit(rows: Iterable[MilkEventRow]) -> dict[UnitId, ToldOf]:
    of_unit: dict[UnitId, list[MilkEventRow]] = defaultdict(list)
    for row in rows:
        of_unit[UnitId(row.unit)].append(row)
    return {unit: _told(ordered) for unit, ordered in of_unit.items()}


def _told(rows: list[MilkEventRow]) -> ToldOf:
    """A withdrawal has the instant of what it takes back, so both are there."""
    taken_back = {row.withdraws for row in rows if row.withdraws is not None}
    counts = _since_emptied([row for row in rows if row.id not in taken_back])
    return ToldOf(
        events=tuple(
            MilkEventSetting(id=row.key, event=msgspec.to_builtins(event)) for row, event in counts[-MOST_EVENTS:]
        ),
        withdrawn=tuple(row.key for row in rows if row.id in taken_back and row.channel == CHANNEL),
    )


def _since_emptied(rows: list[MilkEventRow]) -> list[tuple[MilkEventRow, Event]]:
    """Return what still means something: what was in a unit before it was emptied is gone."""
    events = [(row, said) for row in rows if (event := event_of(row)) is not None and (said := _for_a_box(event))]
    last = max((at for at, (_, event) in enumerate(events) if isinstance(event, Emptied)), default=0)
    return events[last:]


def _for_a_box(event: Event) -> Event | None:
    """Return an event as a box needs it: of tests those that were failed, and nothing but that they were."""
    if not isinstance(event, Tested):
        return event
    return Tested(at_ms=event.at_ms, test=event.test, failed=True) if event.failed else None
