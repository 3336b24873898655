"""Incidents as a stage: takes verdicts after its cursor, leaves incidents and their transitions."""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_server.incidents.cause import cause_of, event_of, going_on
from coldchain_server.incidents.changing import moved, opened
from coldchain_server.incidents.table import State, decide
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import VerdictRow

CURSOR = "incidents"
_AT_ONCE = 200

log = structlog.get_logger()


class Incidents:
    """Opens and resolves incidents: one a cause, however many rules find it.

    A batch is one transaction with its cursor, so a crash anywhere in it changes nothing, and of several processes one
    does each batch.
    """

    name = "incidents"

    def __init__(self, *, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._begun = False

    def step(self) -> bool:
        """Take up the next verdicts; `LedgerUnavailable` where the ledger does not answer."""
        if not self._begun:
            cursors.begin(self._sessions, CURSOR)
            self._begun = True
        with self._sessions.begin() as session:
            position = cursors.position(session, CURSOR)
            waiting = select(VerdictRow).where(VerdictRow.id > position).order_by(VerdictRow.id).limit(_AT_ONCE)
            verdicts = session.scalars(waiting).all()
            if not verdicts:
                return False
            if not cursors.moved(session, CURSOR, was=position, now=verdicts[-1].id):
                return True
            now_ms = self._clock.now_ms()
            changed = [_taken_up(session, verdict, now_ms=now_ms) for verdict in verdicts]
        for change in filter(None, changed):
            log.info("incident", **change)
        return len(verdicts) == _AT_ONCE


def _taken_up(session: Session, verdict: VerdictRow, *, now_ms: int) -> dict[str, object]:
    """Do what the table says of one verdict; return what to log of it, nothing where nothing changes.

    Where a person changes the state meanwhile, it is decided again on what they made of it.
    """
    cause = cause_of(session, verdict)
    while cause is not None:
        incident = going_on(session, cause)
        state = State.NONE if incident is None else State(incident.state)
        decision = decide(state, event_of(session, verdict, cause, incident))
        if not decision.changes:
            break
        if incident is None:
            incident = opened(session, verdict, learnt_ms=now_ms)
        elif not moved(session, incident, verdict, to=decision.to, learnt_ms=now_ms):
            continue
        return {
            "number": incident.id,
            "unit": incident.unit,
            "why": incident.reason,
            "state": decision.to.value,
            "because": decision.reason.value,
        }
    return {}
