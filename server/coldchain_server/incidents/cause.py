"""The cause of an incident, and what a verdict means to it: several rules may find one cause."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Standing, Why
from coldchain_server.incidents.table import Event, State
from coldchain_server.ledger.tables import IncidentRow, VerdictRow

_RANKS = {Level.WARNING.value: 1, Level.CRITICAL.value: 2}


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with whom: too warm, too cold, silent, probe fault; at most one incident of it goes on."""

    unit: str
    subject: str
    reason: str


def cause_of(session: Session, verdict: VerdictRow) -> Cause | None:
    """Return the cause that a verdict speaks of: a breach of its own, others of what their rule found last, if ever."""
    reason = verdict.reason
    if verdict.standing != Standing.BREACH.value:
        earlier = select(VerdictRow.reason).where(
            VerdictRow.id < verdict.id,
            VerdictRow.unit == verdict.unit,
            VerdictRow.subject == verdict.subject,
            VerdictRow.rule == verdict.rule,
            VerdictRow.standing == Standing.BREACH.value,
        )
        reason = session.scalar(earlier.order_by(VerdictRow.id.desc()).limit(1)) or ""
    return Cause(unit=verdict.unit, subject=verdict.subject, reason=reason) if reason else None


def going_on(session: Session, cause: Cause) -> IncidentRow | None:
    """Return the incident of this cause that is not over, as the ledger says now."""
    found = select(IncidentRow).where(
        IncidentRow.unit == cause.unit,
        IncidentRow.subject == cause.subject,
        IncidentRow.reason == cause.reason,
        IncidentRow.state != State.RESOLVED.value,
    )
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def event_of(session: Session, verdict: VerdictRow, cause: Cause, incident: IncidentRow | None) -> Event:
    """Return what a verdict means to the incident of its cause."""
    withdrawn = verdict.reason == Why.WITHDRAWN.value
    if verdict.standing == Standing.BREACH.value:
        worse = incident is not None and _RANKS.get(verdict.level, 0) > _RANKS.get(incident.level, 0)
        return Event.WORSE if worse else Event.BREACH
    if verdict.standing != Standing.FINE.value and not withdrawn:
        return Event.UNKNOWN
    if _found_by_another(session, verdict, cause):
        return Event.PARTLY_FINE
    return Event.WITHDRAWN if withdrawn else Event.FINE


def _found_by_another(session: Session, verdict: VerdictRow, cause: Cause) -> bool:
    """Return whether, as of this verdict, another rule stands in breach for the same cause."""
    newest = (
        select(func.max(VerdictRow.id))
        .where(VerdictRow.id <= verdict.id, VerdictRow.unit == verdict.unit, VerdictRow.subject == verdict.subject)
        .group_by(VerdictRow.rule)
    )
    breaches = select(VerdictRow.id).where(
        VerdictRow.id.in_(newest),
        VerdictRow.standing == Standing.BREACH.value,
        VerdictRow.reason == cause.reason,
    )
    return session.scalars(breaches.limit(1)).first() is not None
