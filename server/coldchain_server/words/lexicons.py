"""The lexicon as ledger and folder have it now, read again only when something in them has changed."""

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_judgement.clips import Clip
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.tables import WordCheckRow, WordRow
from coldchain_server.notifications.catalogue import LANGUAGES, Lexicon, lexicon_of
from coldchain_server.words.checks import Checks
from coldchain_server.words.recordings import Recordings
from coldchain_server.words.rows import checked_texts, checks_in, texts_in
from coldchain_server.words.spoken import in_calls

Stamp = tuple[int, ...]


class Lexicons:
    """Any thread may ask; `recordings` None is a server that speaks by no recordings."""

    def __init__(self, fleet: Fleet | None = None, recordings: Recordings | None = None) -> None:
        self._clips: tuple[Clip, ...] = () if fleet is None else tuple(in_calls(fleet))
        self._recordings = recordings
        self._known: tuple[Stamp, Checks, Lexicon] | None = None

    def now(self, session: Session) -> Lexicon:
        return self._now(session)[2]

    def checks(self, session: Session) -> Checks:
        """Return who has checked what."""
        return self._now(session)[1]

    def _now(self, session: Session) -> tuple[Stamp, Checks, Lexicon]:
        stamp, known = (*_ledger_stamp(session), *self._folder_stamp()), self._known
        if known is None or known[0] != stamp:
            checks = checks_in(session)
            lexicon = lexicon_of(checked_texts(texts_in(session), checks), self._spoken(checks))
            known = self._known = (stamp, checks, lexicon)
        return known

    def _spoken(self, checks: Checks) -> Iterator[str]:
        """Yield the languages in which every clip of a call can be used."""
        recordings = self._recordings
        if recordings is not None:
            yield from (one for one in LANGUAGES if recordings.spoken(one, self._clips, checks) is not None)

    def _folder_stamp(self) -> Iterable[int]:
        return () if self._recordings is None else self._recordings.stamp()


def lexicon_in(session: Session) -> Lexicon:
    """Return the texts that may be used now, read anew: for what is asked once in a while."""
    return lexicon_of(checked_texts(texts_in(session), checks_in(session)))


def _ledger_stamp(session: Session) -> Stamp:
    """Return numbers that change with every import and check: a text only ever changes at a later time."""
    texts = session.execute(select(func.count(), func.coalesce(func.max(WordRow.at_ms), 0)).select_from(WordRow)).one()
    checks = session.execute(select(func.count()).select_from(WordCheckRow)).one()
    return (*texts, *checks)
