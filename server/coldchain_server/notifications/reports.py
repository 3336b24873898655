"""What became of messages after they were taken: reports, under the other side's name for a message."""

from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_server.gateways.events import Report, Reported
from coldchain_server.ledger.tables import AttemptRow, NotificationRow
from coldchain_server.notifications.rows import State

log = structlog.get_logger()


def take(session: Session, reported: Reported, *, now_ms: int) -> bool:
    """Write a report down; False where it is of no message of ours, or of one that has its report already.

    What was lost does not count as told: somebody else is told at once, and the same person when they are reminded.
    """
    attempt = _attempt(session, reported)
    row = session.get(NotificationRow, attempt.notification_id) if attempt is not None else None
    if attempt is None or row is None:
        return False
    attempt.report, attempt.report_said, attempt.report_ms = reported.report.value, reported.why, now_ms
    if attempt.number != row.attempts:  # it was told again since, and that attempt is what counts
        return True
    if reported.report is Report.ARRIVED:
        _set(session, row, state=State.SENT.value, outcome="arrived")
        return True
    attempt.counts = False
    outcome = f"lost: {reported.why}" if reported.why else "lost"
    if _set(session, row, state=State.FAILED.value, outcome=outcome, counts=False, fell_through=True):
        log.warning("message did not arrive", notification=row.id, contact=row.contact, because=outcome)
    return True


def _attempt(session: Session, reported: Reported) -> AttemptRow | None:
    """Return the newest attempt under that name that has no report yet."""
    named = select(AttemptRow).where(
        AttemptRow.channel_kind.in_(reported.kinds), AttemptRow.reference == reported.reference, AttemptRow.report == ""
    )
    return session.scalars(named.order_by(AttemptRow.id.desc()).limit(1)).first()


def _set(session: Session, row: NotificationRow, **values: object) -> bool:
    """Change a message that is still as sent by the attempt it was read at; False where somebody was first."""
    still = NotificationRow.id == row.id, NotificationRow.state == State.SENT.value
    change = update(NotificationRow).where(*still, NotificationRow.attempts == row.attempts).values(**values)
    result = session.execute(change, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount == 1
