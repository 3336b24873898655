"""The audit trail: who did what by hand, and when; a row in the same transaction as the deed."""

from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import AuditRow


def note(session: Session, *, at_ms: int, who: str, action: str, subject: str, detail: str = "") -> None:
    """Write down a deed of `who` (a user's name, or that of the person at the command line)."""
    session.add(AuditRow(at_ms=at_ms, who=who[:64], action=action, subject=subject[:160], detail=detail))
