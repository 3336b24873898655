"""Imported texts and their checks, in the ledger."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.ledger.tables import WordCheckRow, WordRow
from coldchain_server.notifications.catalogue import WRITTEN, every_key
from coldchain_server.words.checks import Check, Checks, Kind, digest_of

Texts = dict[str, dict[str, str]]
"""Texts by language and key."""


def texts_in(session: Session) -> Texts:
    """Return every imported text that this version still says, checked or not."""
    known, found = set(every_key()), defaultdict[str, dict[str, str]](dict)
    for row in session.scalars(select(WordRow).order_by(WordRow.language, WordRow.key)):
        if row.key in known and row.language not in WRITTEN:
            found[row.language][row.key] = row.text
    return dict(found)


def checks_in(session: Session) -> Checks:
    """Return who has checked what."""
    return Checks(
        Check(language=row.language, key=row.key, kind=Kind(row.kind), digest=row.digest, listener=row.listener)
        for row in session.scalars(select(WordCheckRow))
    )


def put_text(session: Session, language: str, key: str, text: str, *, at_ms: int, who: str) -> None:
    """Keep a text; it stands in place of the one there was."""
    session.merge(WordRow(language=language, key=key, text=text, at_ms=at_ms, who=who[:64]))


def put_check(session: Session, check: Check, *, at_ms: int, who: str) -> None:
    """Keep a check; once, however often it is told."""
    key = (check.language, check.key, check.kind.value, check.digest, check.listener)
    if session.get(WordCheckRow, key) is None:
        language, name, kind, digest, listener = key
        session.add(
            WordCheckRow(
                language=language, key=name, kind=kind, digest=digest, listener=listener, at_ms=at_ms, who=who[:64]
            )
        )


def checked_texts(texts: Texts, checks: Checks) -> Texts:
    """Return those of `texts` that enough listeners have checked as they are."""
    return {
        language: {key: text for key, text in said.items() if checks.enough(language, key, Kind.TEXT, digest_of(text))}
        for language, said in texts.items()
    }
