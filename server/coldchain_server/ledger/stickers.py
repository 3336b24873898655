"""The stickers of units: a code that nobody guesses, until another takes its place."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import StickerRow

_BYTES = 12  # too many to be tried, and a QR code that a cheap camera reads


def put_up(session: Session, unit: str, *, who: str, at_ms: int) -> str:
    """Return the code of a new sticker for a unit; those before it lead nowhere any more."""
    row = StickerRow(code=secrets.token_urlsafe(_BYTES), unit=unit, at_ms=at_ms, who=who[:64])
    session.add(row)
    session.flush()
    return row.code


def code_of(session: Session, unit: str) -> str | None:
    """Return the code of a unit's sticker; None where it has none."""
    newest = select(StickerRow.code).where(StickerRow.unit == unit).order_by(StickerRow.id.desc()).limit(1)
    return session.scalar(newest)


def unit_of(session: Session, code: str) -> str | None:
    """Return the unit that a sticker is on; None for a code that was never given, or that another replaced."""
    unit = session.scalar(select(StickerRow.unit).where(StickerRow.code == code))
    return unit if unit is not None and code_of(session, unit) == code else None
