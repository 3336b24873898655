"""The cause of an incident, and what a verdict means to it: several rules may find one cause."""

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Standing, Why
from coldchain_server.incidents.table import Event, State
from coldchain_server.ledger.tables import IncidentRow, TransitionRow, VerdictRow

_RANKS = {Level.WARNING.value: 1, Level.CRITICAL.value: 2}


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with whom: too warm, too cold, silent, probe fault; at most one incident of it goes on.

    What was found late is a cause of its own beside what goes on now.
    """

    unit: str
    subject: str
    reason: str
    past: bool = False


def cause_of(session: Session, verdict: VerdictRow) -> Cause | None:
    """Return the cause that a verdict speaks of: a breach of its own, others of what their rule found last, if ever."""
    reason = verdict.reason
    if verdict.standing != Standing.BREACH.value:
        earlier = select(VerdictRow.reason).where(
            VerdictRow.id < verdict.id,
            VerdictRow.unit == verdict.unit,
            VerdictRow.subject == verdict.subject,
            VerdictRow.rule == verdict.rule,
            VerdictRow.past == verdict.past,
            VerdictRow.standing == Standing.BREACH.value,
        )
        reason = session.scalar(earlier.order_by(VerdictRow.id.desc()).limit(1)) or ""
    if not reason:
        return None
    return Cause(unit=verdict.unit, subject=verdict.subject, reason=reason, past=verdict.past)


def going_on(session: Session, cause: Cause) -> IncidentRow | None:
    """Return the incident of this cause that is not over, as the ledger says now."""
    found = select(IncidentRow).where(*_of(cause), IncidentRow.state != State.RESOLVED.value)
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def lately_over(session: Session, cause: Cause, *, since_ms: int, within_s: int) -> IncidentRow | None:
    """Return the incident of this cause whose breach ended at most so long before `since_ms`, and did so by itself."""
    last = session.scalars(select(IncidentRow).where(*_of(cause)).order_by(IncidentRow.id.desc()).limit(1)).first()
    if last is None or last.resolved_ms is None or since_ms - last.resolved_ms > within_s * 1000:
        return None
    how = select(TransitionRow.event).where(TransitionRow.incident_id == last.id).order_by(TransitionRow.id.desc())
    return last if session.scalar(how.limit(1)) == Event.FINE.value else None


def worse(level: str, than: str) -> bool:
    """Return whether one level is worse than another."""
    return _RANKS.get(level, 0) > _RANKS.get(than, 0)


def worst(levels: list[str]) -> str:
    """Return the worst of some levels."""
    return max(levels, key=lambda level: _RANKS.get(level, 0))


def ending(session: Session, verdict: VerdictRow, cause: Cause) -> Event:
    """Return what a verdict that is no breach means to the incident of its cause."""
    withdrawn = verdict.reason == Why.WITHDRAWN.value
    if verdict.standing != Standing.FINE.value and not withdrawn:
        return Event.UNKNOWN
    if found_by_a_rule(session, cause, through=verdict.id):
        return Event.PARTLY_FINE
    return Event.WITHDRAWN if withdrawn else Event.FINE


def found_by_a_rule(session: Session, cause: Cause, *, through: int | None = None) -> bool:
    """Return whether any rule stands in breach for a cause, by its last verdict, or its last through one of that id."""
    mine = [VerdictRow.unit == cause.unit, VerdictRow.subject == cause.subject, VerdictRow.past == cause.past]
    if through is not None:
        mine.append(VerdictRow.id <= through)
    newest = select(func.max(VerdictRow.id)).where(*mine).group_by(VerdictRow.rule)
    breaches = select(VerdictRow.id).where(
        VerdictRow.id.in_(newest),
        VerdictRow.standing == Standing.BREACH.value,
        VerdictRow.reason == cause.reason,
    )
    return session.scalars(breaches.limit(1)).first() is not None


def _of(cause: Cause) -> list[ColumnElement[bool]]:
    return [
        IncidentRow.unit == cause.unit,
        IncidentRow.subject == cause.subject,
        IncidentRow.reason == cause.reason,
        IncidentRow.past == cause.past,
    ]
