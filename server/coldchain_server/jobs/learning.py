"""Learning in the background: what the tests of each site teach, reckoned anew as more is told."""

from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Fleet
from coldchain_server.lab.learning import keep, kept, learn
from coldchain_server.ledger.database import Sessions
from coldchain_server.milk import rows
from coldchain_server.store.protocol import Store

_AT_MOST_EVERY_MS = 3_600_000
_AT_LEAST_EVERY_MS = 7 * 86_400_000
"""Readings that came late change what milk was like at its test, and nobody says so."""


class Learning:
    """Brings the lessons of the sites up to date, one after another: no page has to wait for one."""

    def __init__(self, *, sessions: Sessions, store: Store, fleet: Fleet, clock: Clock) -> None:
        self._sessions, self._store, self._fleet, self._clock = sessions, store, fleet, clock
        self._done: tuple[int, int] | None = None

    def __call__(self) -> None:
        """Reckon anew where it is due; raises as ledger and store do, and goes on there the next time."""
        now_ms = self._clock.now_ms()
        with self._sessions() as session:
            state = rows.newest(session), now_ms // _AT_MOST_EVERY_MS
        if state == self._done:
            return
        for site in self._fleet.sites:
            self._bring_up_to_date(site, now_ms=now_ms)
        self._done = state

    def _bring_up_to_date(self, site: SiteId, *, now_ms: int) -> None:
        with self._sessions() as session:
            if not _due(session, site, now_ms):
                return
            lesson = learn(session, self._store, self._fleet, site, now_ms=now_ms)
        with self._sessions.begin() as session:
            keep(session, site, lesson)


def _due(session: Session, site: SiteId, now_ms: int) -> bool:
    """Return whether a lesson is older than a week, or than an hour where something was told since."""
    before, newest = kept(session, site), rows.newest(session, site)
    if before is None:
        return newest > 0
    age_ms = now_ms - before.learnt_ms
    if age_ms >= _AT_LEAST_EVERY_MS:
        return True
    return newest > before.through and age_ms >= _AT_MOST_EVERY_MS
