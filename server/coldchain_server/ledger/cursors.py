"""How far each stage has read, changed by compare-and-set as part of the stage's own transaction."""

from contextlib import suppress
from typing import cast

from sqlalchemy import CursorResult, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import CursorRow


def begin(sessions: Sessions, stage: str) -> None:
    """Let `stage` have a cursor, at 0 where it had none."""
    with sessions() as session:
        if session.get(CursorRow, stage) is not None:
            return
    with suppress(IntegrityError), sessions.begin() as session:  # another process may begin as well
        session.add(CursorRow(stage=stage, position=0))


def position(session: Session, stage: str) -> int:
    """Return how far `stage` has read, as the ledger says now; it must have begun."""
    return session.get_one(CursorRow, stage, populate_existing=True).position


def moved(session: Session, stage: str, *, was: int, now: int) -> bool:
    """Move `stage` from `was` to `now`; False where it stood elsewhere: another process was first.

    Until the transaction ends, every other one that moves the same stage waits. Called before anything else is written,
    it makes the stage's rows appear in the order of their ids.
    """
    moving = update(CursorRow).where(CursorRow.stage == stage, CursorRow.position == was).values(position=now)
    return cast("CursorResult[object]", session.execute(moving)).rowcount == 1
