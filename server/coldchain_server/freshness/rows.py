"""The rows of freshness cards: each as it was made, and whether it was taken back."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.freshness.card import Card
from coldchain_server.freshness.codes import new_code
from coldchain_server.ledger.tables import FreshnessCardRow


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A card with the terms that it was drawn up by."""

    card: Card
    terms: MilkTerms


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A card of the log: its code, whose milk it is of, and when it was taken back; None: it was not."""

    id: int
    code: str
    site: str
    unit: str
    issued: Issued
    withdrawn_ms: int | None


def issue(session: Session, issued: Issued, *, key: str, site: str, unit: str, who: str) -> str:
    """Enter a card under a new code and return that; the same where a form, which `key` names, comes again."""
    known = session.scalar(select(FreshnessCardRow.code).where(FreshnessCardRow.key == key))
    if known is not None:
        return known
    row = FreshnessCardRow(
        key=key,
        code=new_code(),
        site=site,
        unit=unit,
        issued_ms=issued.card.at_ms,
        body=msgspec.json.encode(issued).decode(),
        who=who[:64],
        withdrawn_by="",
    )
    session.add(row)
    session.flush()
    return row.code


def withdraw(session: Session, code: str, *, who: str, now_ms: int) -> bool:
    """Take a card back for good; False where that was done before."""
    row = session.scalar(select(FreshnessCardRow).where(FreshnessCardRow.code == code))
    if row is None or row.withdrawn_ms is not None:
        return False
    row.withdrawn_ms, row.withdrawn_by = now_ms, who[:64]
    return True


def of_code(session: Session, code: str) -> Entry | None:
    """Return the card of a code; None where there is none."""
    row = session.scalar(select(FreshnessCardRow).where(FreshnessCardRow.code == code))
    return None if row is None else _entry(row)


def of_unit(session: Session, unit: str, *, from_ms: int) -> list[Entry]:
    """Return the cards of a unit that were made since an instant, the newest first."""
    wanted = select(FreshnessCardRow).where(FreshnessCardRow.unit == unit, FreshnessCardRow.issued_ms >= from_ms)
    return [_entry(row) for row in session.scalars(wanted.order_by(FreshnessCardRow.id.desc()))]


def _entry(row: FreshnessCardRow) -> Entry:
    return Entry(
        id=row.id,
        code=row.code,
        site=row.site,
        unit=row.unit,
        issued=msgspec.json.decode(row.body, type=Issued),
        withdrawn_ms=row.withdrawn_ms,
    )
