"""The incidents stage: verdicts, in the order they were reached, to incidents and their transitions."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Standing
from coldchain_server.incidents.table import Event, State, moved
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import CursorRow, IncidentRow, TransitionRow, VerdictRow

_BATCH = 100
_HANDLED = (State.OPEN.value, State.ACKNOWLEDGED.value)
_JUDGING = "judging"


class Incidents:
    """One incident per unit, subject and cause (too warm, too cold, silent, probe fault), however many rules find it.

    Each verdict is taken up with its transition and the cursor in one transaction: once, whatever crashes.
    """

    name = "incidents"

    def __init__(self, *, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock

    def step(self) -> bool:
        with self._sessions() as session:
            waiting = session.scalar(select(func.max(VerdictRow.id))) or 0
            if waiting <= _position(session):
                return False
        with self._sessions.begin() as session:
            verdicts = self._next(session)
            for verdict in verdicts:
                self._take(session, verdict)
            if verdicts:
                session.merge(CursorRow(stage=self.name, position=verdicts[-1].id))
        return len(verdicts) == _BATCH

    def _next(self, session: Session) -> Sequence[VerdictRow]:
        query = select(VerdictRow).where(VerdictRow.id > _position(session)).order_by(VerdictRow.id).limit(_BATCH)
        return session.scalars(query).all()

    def _take(self, session: Session, verdict: VerdictRow) -> None:
        """Take one verdict up; an unknown one holds whatever there is."""
        if verdict.standing == Standing.BREACH.value:
            self._breach(session, verdict)
        elif verdict.standing == Standing.FINE.value:
            self._fine(session, verdict)

    def _breach(self, session: Session, verdict: VerdictRow) -> None:
        incident = _handled(session, verdict, cause=verdict.reason)
        if incident is None:
            incident = _opened(verdict, at_ms=self._clock.now_ms())
            session.add(incident)
            session.flush()
            self._note(session, incident, verdict, before=State.NONE, after=State.OPEN)
        elif _rank(verdict.level) > _rank(incident.level):
            self._move(session, incident, verdict, Event.WORSE)

    def _fine(self, session: Session, verdict: VerdictRow) -> None:
        cause = _cause_ended(session, verdict)
        incident = None if cause is None else _handled(session, verdict, cause=cause)
        if incident is not None and not _still_breached(session, verdict, cause=incident.reason):
            self._move(session, incident, verdict, Event.FINE)

    def _move(self, session: Session, incident: IncidentRow, verdict: VerdictRow, event: Event) -> None:
        """Change the state where it is still what was read; somebody else being first is no error."""
        before = State(incident.state)
        after = moved(before, event)
        if after is None:
            return
        changes: dict[str, object] = {"state": after.value}
        if event is Event.WORSE:
            changes |= {"level": verdict.level, "rule": verdict.rule, "evidence": verdict.evidence}
        if after is State.RESOLVED:
            changes["resolved_ms"] = verdict.happened_ms
        changed = session.execute(
            update(IncidentRow)
            .where(IncidentRow.id == incident.id, IncidentRow.state == before.value)
            .values(**changes)
            .execution_options(synchronize_session=False)
        )
        if changed.rowcount == 1:  # type: ignore[attr-defined]
            session.refresh(incident)
            self._note(session, incident, verdict, before=before, after=after)

    def _note(
        self, session: Session, incident: IncidentRow, verdict: VerdictRow, *, before: State, after: State
    ) -> None:
        session.add(
            TransitionRow(
                incident_id=incident.id,
                verdict_id=verdict.id,
                from_state=before.value,
                to_state=after.value,
                happened_ms=verdict.happened_ms,
                learnt_ms=self._clock.now_ms(),
                who=_JUDGING,
                why=verdict.reason,
            )
        )


def _position(session: Session) -> int:
    cursor = session.get(CursorRow, Incidents.name)
    return cursor.position if cursor else 0


def _handled(session: Session, verdict: VerdictRow, *, cause: str) -> IncidentRow | None:
    """Return the incident of this unit, subject and cause that is not over, if there is one."""
    return session.scalar(
        select(IncidentRow).where(
            IncidentRow.unit == verdict.unit,
            IncidentRow.subject == verdict.subject,
            IncidentRow.reason == cause,
            IncidentRow.state.in_(_HANDLED),
        )
    )


def _opened(verdict: VerdictRow, *, at_ms: int) -> IncidentRow:
    return IncidentRow(
        site=verdict.site,
        unit=verdict.unit,
        subject=verdict.subject,
        rule=verdict.rule,
        level=verdict.level,
        state=State.OPEN.value,
        since_ms=verdict.since_ms,
        opened_ms=at_ms,
        resolved_ms=None,
        reason=verdict.reason,
        evidence=verdict.evidence,
    )


def _cause_ended(session: Session, verdict: VerdictRow) -> str | None:
    """Return the cause of the breach that this verdict ends: what the same rule said last before it."""
    return session.scalar(
        select(VerdictRow.reason)
        .where(
            VerdictRow.id < verdict.id,
            VerdictRow.unit == verdict.unit,
            VerdictRow.subject == verdict.subject,
            VerdictRow.rule == verdict.rule,
            VerdictRow.standing == Standing.BREACH.value,
        )
        .order_by(VerdictRow.id.desc())
        .limit(1)
    )


def _still_breached(session: Session, verdict: VerdictRow, *, cause: str) -> bool:
    """Return whether, as of this verdict, another rule of the same cause stands in breach for this subject."""
    newest = (
        select(func.max(VerdictRow.id))
        .where(
            VerdictRow.id <= verdict.id,
            VerdictRow.unit == verdict.unit,
            VerdictRow.subject == verdict.subject,
        )
        .group_by(VerdictRow.rule)
    )
    standing = select(func.count()).where(
        VerdictRow.id.in_(newest), VerdictRow.standing == Standing.BREACH.value, VerdictRow.reason == cause
    )
    return bool(session.scalar(standing))


def _rank(level: str) -> int:
    return (Level.WARNING.value, Level.CRITICAL.value).index(level)
