"""Who may speak: the fleet with its enrolments, asked of the ledger at most once a second."""

import time

import msgspec

from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.reception import Known
from coldchain_server.ingest.words import enrolments
from coldchain_server.ledger.database import Sessions

_ASK_EVERY_S = 1.0


class Acquaintance:
    """One thread only. Both methods raise `LedgerUnavailable` where the ledger is asked and is away."""

    def __init__(self, fleet: Fleet, sessions: Sessions) -> None:
        self._nobody, self._sessions = Known.of(fleet, {}), sessions
        self._known = self._nobody
        self._asked_s = float("-inf")

    def known(self) -> Known:
        """Return who is enrolled, or was a second ago."""
        return self.known_now() if time.monotonic() - self._asked_s >= _ASK_EVERY_S else self._known

    def known_now(self) -> Known:
        """Return who is enrolled: for when a stranger speaks, who may have been let in just now."""
        self._known = msgspec.structs.replace(self._nobody, enrolled=enrolments(self._sessions), senders={})
        self._asked_s = time.monotonic()
        return self._known
