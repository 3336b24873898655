"""The rows of readings by hand: told, undone, or due to be entered. Every change of state is compare-and-set."""

import enum
from collections.abc import Sequence

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import HandReadingRow

UNDO_S = 180
"""How long a reading by hand can be undone; it counts after that. Nothing that a thermometer shows is more urgent."""


class State(enum.Enum):
    WAITING = "waiting"  # it can still be undone
    ENTERED = "entered"  # it is in the spool
    UNDONE = "undone"


def told(session: Session, row: HandReadingRow) -> bool:
    """Keep a reading; False where it was told before: a form sent twice, a message delivered again."""
    if session.get(HandReadingRow, row.id) is not None:
        return False
    session.add(row)
    session.flush()
    return True


def undone(session: Session, reading: str) -> bool:
    """Take a reading back; False where it counts already, or was taken back before."""
    return _moved(session, reading, State.UNDONE)


def entered(session: Session, reading: str) -> bool:
    """Note that a reading is in the spool; False where somebody else was first."""
    return _moved(session, reading, State.ENTERED)


def due(session: Session, now_ms: int, *, limit: int) -> Sequence[HandReadingRow]:
    """Return readings that can no longer be undone and are not entered yet, the oldest first."""
    waiting = select(HandReadingRow).where(HandReadingRow.state == State.WAITING.value, HandReadingRow.due_ms <= now_ms)
    return session.scalars(waiting.order_by(HandReadingRow.due_ms).limit(limit)).all()


def last_of(session: Session, who: str) -> HandReadingRow | None:
    """Return the newest reading that somebody told and can still undo."""
    theirs = select(HandReadingRow).where(HandReadingRow.who == who, HandReadingRow.state == State.WAITING.value)
    return session.scalars(theirs.order_by(HandReadingRow.told_ms.desc()).limit(1)).first()


def _moved(session: Session, reading: str, to: State) -> bool:
    change = (
        update(HandReadingRow)
        .where(HandReadingRow.id == reading, HandReadingRow.state == State.WAITING.value)
        .values(state=to.value)
    )
    result = session.execute(change)
    assert isinstance(result, CursorResult)  # noqa: S101 - what an update gives
    return result.rowcount == 1
