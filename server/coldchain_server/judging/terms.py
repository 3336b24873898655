"""By what readings are judged, kept with since when: what is past keeps the terms that it was judged by."""

import hashlib
from bisect import bisect_right
from collections.abc import Collection
from typing import cast

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from coldchain_judgement.course import Terms
from coldchain_server.judging.lateness import Place
from coldchain_server.ledger.tables import JudgedByRow, TermsRow

_PLACES = cast("Table", JudgedByRow.__table__)
_GONE = delete(_PLACES).where(*(column == bindparam(f"old_{column.name}") for column in _PLACES.primary_key))


def key_of(terms: Terms) -> str:
    """Return a name that the same terms always have, and no others."""
    return hashlib.blake2b(_text(terms).encode(), digest_size=16).hexdigest()


def _text(terms: Terms) -> str:
    return msgspec.json.encode(terms, order="deterministic").decode()


class History(msgspec.Struct, frozen=True):
    """The terms of one place, each with since when, the oldest first. What is before the first has the first."""

    since_ms: tuple[int, ...]
    terms: tuple[Terms, ...]

    def at(self, at_ms: int) -> Terms:
        """Return the terms in force at an instant; of one stretch always the very same value."""
        return self.terms[max(0, bisect_right(self.since_ms, at_ms) - 1)]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is judged by other terms from an instant on, or for the first time."""

    place: Place
    since_ms: int
    key: str
    terms: Terms


def enter(session: Session, changes: Collection[Change]) -> None:
    """Have places judged by terms from an instant on."""
    keyed = {change.key: change.terms for change in changes}
    known = set(session.scalars(select(TermsRow.key).where(TermsRow.key.in_(keyed))))
    new = [{"key": key, "terms": _text(terms)} for key, terms in keyed.items() if key not in known]
    if new:
        session.execute(insert(TermsRow), new)
    rows = [{"probe": one.place[0], "from_ms": one.place[1], "since_ms": one.since_ms} for one in changes]
    session.execute(_GONE, [{f"old_{name}": value for name, value in row.items()} for row in rows])
    session.execute(insert(JudgedByRow), [{**row, "terms": one.key} for row, one in zip(rows, changes, strict=True)])


def history(session: Session, place: Place) -> History | None:
    """Return the terms of a place; None where it was never judged."""
    probe, from_ms = place
    wanted = select(JudgedByRow).where(JudgedByRow.probe == probe, JudgedByRow.from_ms == from_ms)
    rows = session.scalars(wanted.order_by(JudgedByRow.since_ms)).all()
    if not rows:
        return None
    texts = select(TermsRow).where(TermsRow.key.in_({row.terms for row in rows}))
    terms = {row.key: msgspec.json.decode(row.terms, type=Terms) for row in session.scalars(texts)}
    return History(tuple(row.since_ms for row in rows), tuple(terms[row.terms] for row in rows))
