"""What time and failures bring: the next step of a round, a reminder, another channel."""

from sqlalchemy import select

from coldchain_contract.clock import Clock
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import NotificationRow
from coldchain_server.notifications import rounds
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.telling import Telling

_AT_ONCE = 100


class Follower:
    """Takes up messages that fell through, then rounds that are due. Each is one transaction."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: NotificationSettings) -> None:
        self._sessions, self._clock = sessions, clock
        self._telling = Telling(fleet=fleet, settings=settings)

    def follow(self) -> bool:
        """Take up a batch of each; False where there was nothing."""
        fallen = self._fallen()
        return self._due() or fallen

    def _fallen(self) -> bool:
        wanted = select(NotificationRow.id).where(NotificationRow.fell_through).order_by(NotificationRow.id)
        with self._sessions() as session:
            numbers = session.scalars(wanted.limit(_AT_ONCE)).all()
        for number in numbers:
            with self._sessions.begin() as session:
                row = session.get(NotificationRow, number, with_for_update=True)
                if row is not None and row.fell_through:
                    self._telling.fell_through(session, row, now_ms=self._clock.now_ms())
        return bool(numbers)

    def _due(self) -> bool:
        with self._sessions() as session:
            waiting = [row.incident_id for row in rounds.due(session, now_ms=self._clock.now_ms(), limit=_AT_ONCE)]
        for incident in waiting:
            with self._sessions.begin() as session:
                row = rounds.get(session, incident)
                if row is not None and row.due_ms is not None and row.due_ms <= self._clock.now_ms():
                    self._telling.go_on(session, row, now_ms=self._clock.now_ms())
        return bool(waiting)
