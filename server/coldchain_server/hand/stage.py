"""Readings by hand as a stage: takes those that can no longer be undone, leaves spool rows."""

from typing import Protocol
from uuid import UUID

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.hand import rows
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import HandReadingRow
from coldchain_server.spool.model import Accepted

_AT_ONCE = 100


class SpoolToFill(Protocol):
    """What this stage needs of the spool."""

    def admit(self, items: list[Accepted]) -> object: ...


class HandReadings:
    """Enters each reading once: its row is its outbox, so that what a crash left unmarked is known when it comes again.

    The row is marked, then spooled, and the ledger commits only once the spool has it: an undo waits for that, and
    finds that it came too late.
    """

    name = "hand"

    def __init__(self, *, spool: SpoolToFill, sessions: Sessions, clock: Clock) -> None:
        self._spool, self._sessions, self._clock = spool, sessions, clock

    def step(self) -> bool:
        """Enter what is due; `SpoolUnavailable` or `LedgerUnavailable` leave it to the next step."""
        now_ms = self._clock.now_ms()
        with self._sessions.begin() as session:
            found = rows.due(session, now_ms, limit=_AT_ONCE)
            items = [_accepted(row, now_ms) for row in found if rows.entered(session, row.id)]
            if items:
                self._spool.admit(items)
        return len(found) == _AT_ONCE


def _accepted(row: HandReadingRow, now_ms: int) -> Accepted:
    reading = Reading(probe=ProbeUrn(row.probe), at_ms=row.at_ms, value=row.celsius)
    pack = Pack(outbox=UUID(row.id), sequences=Sequences.span(1, 1), readings=(reading,))
    return Accepted(site=SiteId(row.site), device=DeviceId(row.source), live=True, received_ms=now_ms, pack=pack)
