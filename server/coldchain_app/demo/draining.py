"""Waiting until everything that was taken has flowed through: outboxes, spool, store, incidents, messages."""

import time
from typing import Protocol

from sqlalchemy import func, select

from coldchain_app.app import App
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import CursorRow, NotificationRow, TransitionRow, VerdictRow

_LOOK_EVERY_S = 0.05


class Drainable(Protocol):
    """Whoever holds readings that the server may not have yet."""

    def unconfirmed(self) -> int:
        """Return how many readings the server has not yet confirmed."""
        ...


def drained(devices: Drainable, *, app: App, within_s: float) -> bool:
    """Return whether all is through within so many real seconds."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not devices.unconfirmed() and app.spool().depth() == 0 and all_told(app.sessions()):
            return True
        time.sleep(_LOOK_EVERY_S)
    return False


def all_told(sessions: Sessions) -> bool:
    """Return whether every verdict and transition was taken up and no message is waiting to go out."""
    with sessions() as session:
        position = {row.stage: row.position for row in session.scalars(select(CursorRow))}
        last_verdict = session.scalar(select(func.max(VerdictRow.id))) or 0
        last_transition = session.scalar(select(func.max(TransitionRow.id))) or 0
        waiting = session.scalar(
            select(func.count())
            .select_from(NotificationRow)
            .where(NotificationRow.state.in_(("pending", "sending")) | NotificationRow.fell_through)
        )
    taken_up = position.get("incidents", 0) >= last_verdict and position.get("notifications", 0) >= last_transition
    return taken_up and not waiting
