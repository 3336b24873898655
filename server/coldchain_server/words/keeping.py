"""What people do to the words: read a sheet in, say that something was checked; each in the audit trail."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_server.actions.audit import note
from coldchain_server.words.checks import Check
from coldchain_server.words.rows import put_check, put_text
from coldchain_server.words.sheet import Reading


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Who does it, and when."""

    who: str
    at_ms: int


def take(session: Session, reading: Reading, deed: Deed) -> None:
    """Keep what a sheet without mistakes changes; nothing where it changes nothing."""
    for change in reading.changes:
        put_text(session, reading.language, change.key, change.new, at_ms=deed.at_ms, who=deed.who)
    for check in reading.checks:
        put_check(session, check, at_ms=deed.at_ms, who=deed.who)
    if reading.changes or reading.checks:
        detail = f"{len(reading.changes)} texts, {len(reading.checks)} checks"
        note(session, at_ms=deed.at_ms, who=deed.who, action="import-words", subject=reading.language, detail=detail)


def confirm(session: Session, check: Check, deed: Deed) -> None:
    """Keep one listener's word."""
    put_check(session, check, at_ms=deed.at_ms, who=deed.who)
    subject = f"{check.kind.value} {check.language} {check.key}"
    note(session, at_ms=deed.at_ms, who=deed.who, action="check-words", subject=subject, detail=f"by {check.listener}")
