"""Changing an incident: compare-and-set on its state and, in the same transaction, its transition."""

from typing import cast

import msgspec
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_server.incidents.handling import UNDO_S, Handling
from coldchain_server.incidents.table import Decision, Event, State, decide
from coldchain_server.ledger.tables import IncidentRow, TransitionRow


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to an incident: when it happened and when it was learnt, why, and who did it where somebody did."""

    event: Event
    happened_ms: int
    learnt_ms: int
    why: str
    who: str = ""
    verdict_id: int | None = None
    handling: str = ""
    text: str = ""


def begin(session: Session, incident: IncidentRow, move: Move) -> Decision:
    """Enter a new incident in the state that the table gives it, with its first transition.

    It is entered nowhere, and the decision says so, where the event begins none.
    """
    decision = decide(State.NONE, move.event)
    if decision.changes:
        incident.state = decision.to.value
        session.add(incident)
        session.flush()
        _note(session, incident.id, move, seen=State.NONE, to=decision.to)
    return decision


def change(session: Session, incident: IncidentRow, move: Move, **values: object) -> Decision | None:
    """Take `incident` on from the state it was read in, with these values; None where somebody changed that first.

    Nothing is written where the table says that the event changes nothing.
    """
    seen = State(incident.state)
    decision = decide(seen, move.event)
    if not decision.changes:
        return decision
    values = _of_the_state(decision.to, move) | values
    if not _set(session, incident.id, seen=seen, to=decision.to, values=values):
        return None
    session.refresh(incident)
    _note(session, incident.id, move, seen=seen, to=decision.to)
    return decision


def acknowledge(
    session: Session, incident_id: int, *, who: str, handling: Handling, text: str = "", at_ms: int
) -> bool:
    """Take an incident that goes on to acknowledged, with its transition; False where it is answered already, or over.

    Somebody having been first is no error. What had only been heard of may be answered once more, with what is done.
    """
    incident = session.get(IncidentRow, incident_id, populate_existing=True)
    if incident is None:
        return False
    only_heard = incident.handling == Handling.HEARD.value and handling is not Handling.HEARD
    move = Move(
        event=Event.SAID_MORE if only_heard else Event.ACKNOWLEDGE,
        happened_ms=at_ms,
        learnt_ms=at_ms,
        why=handling.value,
        who=who[:64],
        handling=handling.value,
        text=text,
    )
    decision = change(session, incident, move)
    return decision is not None and decision.changes


def undo(session: Session, incident_id: int, *, who: str, at_ms: int) -> bool:
    """Take an answer back; False where there is none, where it is over, or where that was more than `UNDO_S` ago."""
    incident = session.get(IncidentRow, incident_id, populate_existing=True)
    if incident is None or not may_undo(session, incident, at_ms=at_ms):
        return False
    move = Move(event=Event.UNDONE, happened_ms=at_ms, learnt_ms=at_ms, why=incident.handling, who=who[:64])
    decision = change(session, incident, move)
    return decision is not None and decision.changes


def may_undo(session: Session, incident: IncidentRow, *, at_ms: int) -> bool:
    """Return whether the last answer to an incident can still be taken back."""
    if incident.state != State.ACKNOWLEDGED.value:
        return False
    answers = select(TransitionRow.learnt_ms).where(
        TransitionRow.incident_id == incident.id, TransitionRow.to_state == State.ACKNOWLEDGED.value
    )
    answered = session.scalar(answers.order_by(TransitionRow.id.desc()).limit(1))
    return answered is not None and at_ms - answered <= UNDO_S * 1000


def _of_the_state(to: State, move: Move) -> dict[str, object]:
    """Return what an incident keeps only while it is in a state."""
    return {
        "held_until_ms": None,
        "fine_ms": None,
        "handling": move.handling,
        "resolved_ms": move.happened_ms if to is State.RESOLVED else None,
    }


def _set(session: Session, incident_id: int, *, seen: State, to: State, values: dict[str, object]) -> bool:
    changing = (
        update(IncidentRow)
        .where(IncidentRow.id == incident_id, IncidentRow.state == seen.value)
        .values(state=to.value, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", session.execute(changing)).rowcount == 1


def _note(session: Session, incident_id: int, move: Move, *, seen: State, to: State) -> None:
    session.add(
        TransitionRow(
            incident_id=incident_id,
            verdict_id=move.verdict_id,
            from_state=seen.value,
            to_state=to.value,
            happened_ms=move.happened_ms,
            learnt_ms=move.learnt_ms,
            who=move.who,
            why=move.why,
            event=move.event.value,
            handling=move.handling,
            text=move.text,
        )
    )
