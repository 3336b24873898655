"""The rows of what people say back, each done once, and of the replies that wait to be sent."""

import enum
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID, uuid5

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import HeardRow

_NAMES = UUID("7f5c3f0e-52a7-4f0b-9d3c-6f6a0b1f7a11")


class Way(enum.Enum):
    """How something was said."""

    SMS = "sms"
    KEY = "key"
    MISSED_CALL = "missed-call"


class Reply(enum.Enum):
    """The state of a reply. Each change is compare-and-set."""

    NONE = "none"  # there is none, or the gateway took it as the answer to its own request
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # handed over, and then the server stopped


def name_of(way: Way, *parts: str) -> str:
    """Return the name that the same saying has however often it is delivered."""
    return str(uuid5(_NAMES, " ".join((way.value, *parts))))


def known(session: Session, name: str) -> HeardRow | None:
    """Return what was heard under a name already."""
    return session.get(HeardRow, name)


def waiting(session: Session, state: Reply, *, now_ms: int, limit: int) -> Sequence[str]:
    """Return the replies in a state that are due, the oldest first."""
    due = select(HeardRow.id).where(HeardRow.state == state.value, HeardRow.next_ms <= now_ms)
    return session.scalars(due.order_by(HeardRow.next_ms).limit(limit)).all()


def moved(session: Session, row: HeardRow, to: Reply, **values: object) -> bool:
    """Change a reply that is still as `row` was read, in state and attempts; False where somebody was first."""
    change = (
        update(HeardRow)
        .where(HeardRow.id == row.id, HeardRow.state == row.state, HeardRow.attempts == row.attempts)
        .values(state=to.value, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", session.execute(change)).rowcount == 1
