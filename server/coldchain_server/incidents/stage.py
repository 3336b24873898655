"""Incidents as a stage: takes verdicts, what boxes say, and the time; leaves incidents and their transitions."""

from collections.abc import Sequence
from typing import TypeVar

import structlog
from sqlalchemy import false, select, update
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.verdicts import Standing
from coldchain_server.fleet.model import Fleet
from coldchain_server.incidents.boxes import Boxes
from coldchain_server.incidents.cause import cause_of, ending
from coldchain_server.incidents.finding import Changed, Finding, Findings
from coldchain_server.incidents.passing import passed
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.speakers import Speakers
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import LocalAlarmRow, VerdictRow

CURSOR = "incidents"
_AT_ONCE = 200
_LOOK_EVERY_MS = 10_000
_DEFAULTS = IncidentSettings()
_Row = TypeVar("_Row", VerdictRow, LocalAlarmRow)

log = structlog.get_logger()


class Incidents:
    """Opens, groups, covers and resolves incidents: one a cause, however many rules find it.

    A batch is one transaction that marks what it took up, so a crash anywhere in it changes nothing, and of several
    processes one does each batch. Rows that others wrote earlier and committed later are taken up all the same.
    """

    name = "incidents"

    def __init__(
        self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: IncidentSettings = _DEFAULTS
    ) -> None:
        self._sessions, self._clock, self._settings = sessions, clock, settings
        self._speakers = Speakers(fleet)
        self._begun, self._looked_ms = False, -_LOOK_EVERY_MS

    def step(self) -> bool:
        """Take up what waits and, every ten seconds and after news, what time has made of what goes on.

        Raises `LedgerUnavailable` where the ledger does not answer.
        """
        if not self._begun:
            cursors.begin(self._sessions, CURSOR)
            self._begun = True
        now_ms = self._clock.now_ms()
        if not self._looks(now_ms) and not self._anything_waits():
            return False
        with self._sessions.begin() as session:
            position = cursors.position(session, CURSOR)
            if not cursors.moved(session, CURSOR, was=position, now=position):  # from here on nobody else is at it
                return True
            surroundings = Surroundings(session, self._speakers, now_ms=now_ms)
            more, changed = self._take_up(session, surroundings)
            if not more:
                passed(session, surroundings, self._settings)
        self._looked_ms = self._looked_ms if more else now_ms
        for incident, decision in filter(None, changed):
            log.info(
                "incident",
                number=incident.id,
                unit=incident.unit,
                why=incident.reason,
                state=decision.to.value,
                because=decision.reason.value,
            )
        return more

    def _looks(self, now_ms: int) -> bool:
        return not 0 <= now_ms - self._looked_ms < _LOOK_EVERY_MS

    def _anything_waits(self) -> bool:
        with self._sessions() as session:
            return bool(_waiting(session, VerdictRow, at_once=1) or _waiting(session, LocalAlarmRow, at_once=1))

    def _take_up(self, session: Session, surroundings: Surroundings) -> tuple[bool, list[Changed]]:
        """Take up one batch of each kind; return whether more waits, and what changed."""
        findings = Findings(session, surroundings, self._settings)
        verdicts = _waiting(session, VerdictRow, at_once=_AT_ONCE)
        alarms = _waiting(session, LocalAlarmRow, at_once=_AT_ONCE)
        changed = [_taken_up(session, findings, verdict) for verdict in verdicts]
        changed += Boxes(session, findings, surroundings).hear(alarms)
        _mark(session, VerdictRow, verdicts)
        _mark(session, LocalAlarmRow, alarms)
        if verdicts:
            position = cursors.position(session, CURSOR)
            cursors.moved(session, CURSOR, was=position, now=max(position, verdicts[-1].id))
        return _AT_ONCE in (len(verdicts), len(alarms)), changed


def _waiting(session: Session, rows: type[_Row], *, at_once: int) -> Sequence[_Row]:
    return session.scalars(select(rows).where(rows.taken == false()).order_by(rows.id).limit(at_once)).all()


def _mark(session: Session, rows: type[_Row], taken: Sequence[_Row]) -> None:
    if taken:
        marking = update(rows).where(rows.id.in_([row.id for row in taken])).values(taken=True)
        session.execute(marking.execution_options(synchronize_session=False))


def _taken_up(session: Session, findings: Findings, verdict: VerdictRow) -> Changed:
    """Do what one verdict means to the incident of its cause, as of that verdict."""
    cause = cause_of(session, verdict)
    if cause is None:
        return None
    found = Finding(
        cause=cause,
        site=verdict.site,
        rule=verdict.rule,
        level=verdict.level,
        since_ms=verdict.since_ms,
        happened_ms=verdict.happened_ms,
        why=verdict.reason,
        evidence=verdict.evidence,
        verdict_id=verdict.id,
    )
    if verdict.standing != Standing.BREACH.value:
        return findings.ended(found, ending(session, verdict, cause))
    if verdict.past and not verdict.still_there:
        return findings.past(found)
    return findings.breach(found)
