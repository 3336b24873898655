"""Changing an incident: compare-and-set on its state and, in the same transaction, its transition."""

from typing import cast

import msgspec
from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from coldchain_judgement.verdicts import Evidence
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.table import Event, State, decide
from coldchain_server.ledger.tables import IncidentRow, TransitionRow, VerdictRow


def opened(session: Session, verdict: VerdictRow, *, learnt_ms: int) -> IncidentRow:
    """Open an incident for a breach, with the limit as it was applied."""
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
    _note(session, incident, verdict, seen=State.NONE, to=State.OPEN, learnt_ms=learnt_ms)
    return incident


def moved(session: Session, incident: IncidentRow, verdict: VerdictRow, *, to: State, learnt_ms: int) -> bool:
    """Take `incident` on from the state it was read in; False where somebody changed that first.

    Resolved, it keeps the evidence it had, with the worst value of the whole breach; open again, it takes the worse
    verdict's, and its rule and level.
    """
    seen = State(incident.state)
    if to is State.RESOLVED:
        evidence = _with_worst(incident.evidence, verdict.evidence)
        values: dict[str, object] = {"resolved_ms": verdict.happened_ms, "evidence": evidence}
    else:
        values = {"level": verdict.level, "rule": verdict.rule, "evidence": verdict.evidence}
    if not _set(session, incident.id, seen=seen, to=to, values=values):
        return False
    session.refresh(incident)
    _note(session, incident, verdict, seen=seen, to=to, learnt_ms=learnt_ms)
    return True


def acknowledge(
    session: Session, incident_id: int, *, who: str, handling: Handling, text: str = "", at_ms: int
) -> bool:
    """Take an incident that goes on to acknowledged, with its transition; False where it is answered already, or over.

    Somebody having been first is no error.
    """
    incident = session.get(IncidentRow, incident_id, populate_existing=True)
    if incident is None:
        return False
    seen = State(incident.state)
    decision = decide(seen, Event.ACKNOWLEDGE)
    values: dict[str, object] = {"handling": handling.value}
    if not decision.changes or not _set(session, incident_id, seen=seen, to=decision.to, values=values):
        return False
    session.refresh(incident)
    session.add(
        TransitionRow(
            incident_id=incident_id,
            from_state=seen.value,
            to_state=decision.to.value,
            happened_ms=at_ms,
            learnt_ms=at_ms,
            who=who[:64],
            why=text or handling.value,
            event=Event.ACKNOWLEDGE.value,
            handling=handling.value,
            text=text,
        )
    )
    return True


def _set(session: Session, incident_id: int, *, seen: State, to: State, values: dict[str, object]) -> bool:
    changing = (
        update(IncidentRow)
        .where(IncidentRow.id == incident_id, IncidentRow.state == seen.value)
        .values(state=to.value, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", session.execute(changing)).rowcount == 1


def _note(
    session: Session, incident: IncidentRow, verdict: VerdictRow, *, seen: State, to: State, learnt_ms: int
) -> None:
    session.add(
        TransitionRow(
            incident_id=incident.id,
            verdict_id=verdict.id,
            from_state=seen.value,
            to_state=to.value,
            happened_ms=verdict.happened_ms,
            learnt_ms=learnt_ms,
            who="",
            why=verdict.reason,
        )
    )


def _with_worst(opening: str, closing: str) -> str:
    try:
        first, last = (msgspec.json.decode(text, type=Evidence) for text in (opening, closing))
    except msgspec.MsgspecError:  # another version wrote it: what is there stays as it is
        return opening
    if last.worst_celsius is None:
        return opening
    return msgspec.json.encode(msgspec.structs.replace(first, worst_celsius=last.worst_celsius)).decode()
