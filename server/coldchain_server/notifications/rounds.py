"""Rounds of telling in the ledger: begun, taken further, hastened, ended. Each change is compare-and-set."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import TellingRow


def begin(session: Session, *, incident: int, transition: int, now_ms: int) -> TellingRow:
    """Begin a round of an incident, in the place of the one before it."""
    row = session.get(TellingRow, incident, populate_existing=True)
    fresh = {
        "transition_id": transition,
        "step": 0,
        "step_ms": now_ms,
        "reminders": 0,
        "reminded_ms": now_ms,
        "due_ms": now_ms,
    }
    if row is None:
        row = TellingRow(incident_id=incident, **fresh)
        session.add(row)
    else:
        for name, value in fresh.items():
            setattr(row, name, value)
    session.flush()
    return row


def resume(session: Session, *, incident: int, now_ms: int) -> TellingRow | None:
    """Let a round that was answered go on where it was, its waits counted from now; None where there was none."""
    row = session.get(TellingRow, incident, populate_existing=True)
    if row is not None:
        row.step_ms = row.reminded_ms = row.due_ms = now_ms
        session.flush()
    return row


def end(session: Session, incident: int) -> None:
    """End the round of an incident, if it has one."""
    session.execute(update(TellingRow).where(TellingRow.incident_id == incident).values(due_ms=None))


def further(session: Session, row: TellingRow, **values: object) -> bool:
    """Take a round further that still is where `row` was read; False where somebody else was first."""
    still = (
        TellingRow.incident_id == row.incident_id,
        TellingRow.transition_id == row.transition_id,
        TellingRow.step == row.step,
        TellingRow.reminders == row.reminders,
    )
    change = update(TellingRow).where(*still).values(**values).execution_options(synchronize_session=False)
    changed = cast("CursorResult[Any]", session.execute(change)).rowcount == 1
    session.refresh(row)
    return changed


def hasten(session: Session, *, incident: int, transition: int, now_ms: int) -> None:
    """Let the round that began with a transition be looked at now."""
    mine = (TellingRow.incident_id == incident, TellingRow.transition_id == transition)
    session.execute(update(TellingRow).where(*mine).values(due_ms=now_ms))


def due(session: Session, *, now_ms: int, limit: int) -> Sequence[TellingRow]:
    """Return the rounds that are to be looked at, those that waited longest first."""
    waiting = select(TellingRow).where(TellingRow.due_ms <= now_ms).order_by(TellingRow.due_ms, TellingRow.incident_id)
    return session.scalars(waiting.limit(limit).execution_options(populate_existing=True)).all()


def get(session: Session, incident: int) -> TellingRow | None:
    """Return the round of an incident, held against others until the transaction ends where the ledger can."""
    return session.get(TellingRow, incident, with_for_update=True, populate_existing=True)
