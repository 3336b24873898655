"""Changing an incident: compare-and-set on its state and, in the same transaction, its transition."""

from typing import cast

import msgspec
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_judgement.verdicts import Evidence
from coldchain_server.incidents.table import Event, State, decide
from coldchain_server.ledger.tables import IncidentRow, TransitionRow, VerdictRow


def going_on(session: Session, verdict: VerdictRow) -> IncidentRow | None:
    """Return the one incident that goes on for the verdict's unit, subject and rule, as the ledger says now."""
    found = select(IncidentRow).where(
        IncidentRow.unit == verdict.unit,
        IncidentRow.subject == verdict.subject,
        IncidentRow.rule == verdict.rule,
        IncidentRow.state != State.RESOLVED.value,
    )
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def opened(session: Session, verdict: VerdictRow) -> IncidentRow:
    """Open an incident for a breach."""
    incident = IncidentRow(
        site=verdict.site,
        unit=verdict.unit,
        subject=verdict.subject,
        rule=verdict.rule,
        level=verdict.level,
        state=State.OPEN.value,
        since_ms=verdict.since_ms,
        opened_ms=verdict.happened_ms,
        resolved_ms=None,
        reason=verdict.reason,
        evidence=verdict.evidence,
    )
    session.add(incident)
    session.flush()
    _note(session, incident, verdict, seen=State.NONE, to=State.OPEN)
    return incident


def resolved(session: Session, incident: IncidentRow, verdict: VerdictRow) -> bool:
    """Resolve `incident` in the state it was read in; False where somebody changed that first."""
    seen = State(incident.state)
    changed = _set(
        session,
        incident,
        State.RESOLVED,
        resolved_ms=verdict.happened_ms,
        evidence=_with_worst(incident.evidence, verdict.evidence),
    )
    if changed:
        _note(session, incident, verdict, seen=seen, to=State.RESOLVED)
    return changed


def acknowledge(session: Session, incident_id: int, *, who: str, why: str, at_ms: int) -> bool:
    """Take an open incident to acknowledged, with its transition; False where there is nothing open to acknowledge.

    Somebody who was first is no error.
    """
    incident = session.get(IncidentRow, incident_id, populate_existing=True)
    if incident is None or decide(State(incident.state), Event.ACKNOWLEDGE).to is State(incident.state):
        return False
    seen = State(incident.state)
    if not _set(session, incident, State.ACKNOWLEDGED):
        return False
    session.add(
        TransitionRow(
            incident_id=incident_id,
            from_state=seen.value,
            to_state=State.ACKNOWLEDGED.value,
            happened_ms=at_ms,
            learnt_ms=at_ms,
            who=who,
            why=why,
        )
    )
    return True


def _set(session: Session, incident: IncidentRow, to: State, **values: object) -> bool:
    changing = update(IncidentRow).where(IncidentRow.id == incident.id, IncidentRow.state == incident.state)
    done = session.execute(changing.values(state=to.value, **values))
    return cast(CursorResult[object], done).rowcount == 1


def _note(session: Session, incident: IncidentRow, verdict: VerdictRow, *, seen: State, to: State) -> None:
    session.add(
        TransitionRow(
            incident_id=incident.id,
            verdict_id=verdict.id,
            from_state=seen.value,
            to_state=to.value,
            happened_ms=verdict.happened_ms,
            learnt_ms=verdict.learnt_ms,
            who="",
            why=verdict.reason,
        )
    )


def _with_worst(opening: str, closing: str) -> str:
    """Return the evidence an incident opened with, limit included, with the worst value of the whole breach."""
    try:
        first, last = (msgspec.json.decode(text, type=Evidence) for text in (opening, closing))
    except msgspec.MsgspecError:  # another version wrote it: what is there stays as it is
        return opening
    if last.worst_celsius is None:
        return opening
    return msgspec.json.encode(msgspec.structs.replace(first, worst_celsius=last.worst_celsius)).decode()
