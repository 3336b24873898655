"""Attempts in the ledger: each handing over of a message, and what came of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import AttemptRow, NotificationRow

SENT_AGAIN = "the server stopped while sending; sent again"
NOT_SENT_AGAIN = "the server stopped while sending; it may or may not have arrived"
SENDING, TAKEN, FAILED, REFUSED, UNKNOWN = "sending", "taken", "failed", "refused", "unknown"


def begin(session: Session, row: NotificationRow, *, number: int, now_ms: int) -> None:
    """Write down that a message is being handed over for the `number`-th time."""
    session.add(
        AttemptRow(
            notification_id=row.id,
            number=number,
            channel_kind=row.channel_kind,
            began_ms=now_ms,
            ended_ms=None,
            outcome=SENDING,
            said="",
            counts=False,
            reference="",
            report="",
            report_said="",
            report_ms=None,
        )
    )


def failed_before(session: Session, notification: int) -> bool:
    """Return whether an attempt of a message has failed, as far as anybody knows."""
    failed = select(AttemptRow.id).where(AttemptRow.notification_id == notification, AttemptRow.outcome == FAILED)
    return session.scalars(failed.limit(1)).first() is not None


def end(
    session: Session, notification: int, number: int, *, outcome: str, said: str, now_ms: int, **values: object
) -> None:
    """Write down what came of an attempt."""
    wanted = select(AttemptRow).where(AttemptRow.notification_id == notification, AttemptRow.number == number)
    row = session.scalars(wanted).one()
    row.outcome, row.said, row.ended_ms = outcome, said, now_ms
    for name, value in values.items():
        setattr(row, name, value)
