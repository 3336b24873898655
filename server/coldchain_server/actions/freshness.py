"""Freshness cards as deeds: made once, taken back for good, each audited."""

from sqlalchemy.orm import Session

from coldchain_server.actions.audit import note
from coldchain_server.fleet.model import Unit
from coldchain_server.freshness import rows
from coldchain_server.freshness.codes import spaced
from coldchain_server.freshness.rows import Entry, Issued


def issue_card(session: Session, unit: Unit, issued: Issued, *, key: str, who: str, now_ms: int) -> str:
    """Make a card of the milk in a unit and return its code; the one it has where the same form came before."""
    code = rows.issue(session, issued, key=key, site=unit.site, unit=unit.id, who=who)
    note(session, at_ms=now_ms, who=who, action="freshness-card", subject=f"unit {unit.id}", detail=spaced(code))
    return code


def withdraw_card(session: Session, entry: Entry, *, who: str, now_ms: int) -> bool:
    """Take a card back; False where that was done before."""
    if not rows.withdraw(session, entry.code, who=who, now_ms=now_ms):
        return False
    detail = spaced(entry.code)
    note(session, at_ms=now_ms, who=who, action="withdraw-freshness-card", subject=f"unit {entry.unit}", detail=detail)
    return True
