"""What passes with time: groups are arranged, then each incident that goes on is held, covered, released or calm."""

import structlog
from sqlalchemy.orm import Session

from coldchain_server.incidents.changing import Move, change
from coldchain_server.incidents.groups import Groups
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.settling import Standing, settle
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.incidents.table import Event, State
from coldchain_server.ledger.tables import IncidentRow

log = structlog.get_logger()


def passed(session: Session, surroundings: Surroundings, settings: IncidentSettings) -> None:
    """Bring every incident that goes on in line with its time; what somebody changes meanwhile is left to the next."""
    groups = Groups(session, surroundings, settings)
    groups.arrange()
    for row in groups.rows.values():
        standing = _standing(row, groups, surroundings)
        event = settle(standing, now_ms=surroundings.now_ms, calm_s=settings.calm_s)
        if event is None:
            continue
        mute = standing.mute
        move = Move(
            event=event,
            happened_ms=row.fine_ms if event is Event.FINE and row.fine_ms is not None else surroundings.now_ms,
            learnt_ms=surroundings.now_ms,
            why=_why(row, groups, event),
            text=mute.why if mute is not None and event is Event.COVERED else "",
        )
        decision = change(session, row, move, mute_id=mute.id if mute else row.mute_id)
        if decision is not None and decision.changes:
            log.info("incident", number=row.id, why=row.reason, state=row.state, because=decision.reason.value)


def _standing(row: IncidentRow, groups: Groups, surroundings: Surroundings) -> Standing:
    return Standing(
        state=State(row.state),
        held_until_ms=row.held_until_ms,
        fine_ms=row.fine_ms,
        mute=surroundings.mute_on(row),
        under=row.parent_id in groups.rows,
    )


def _why(row: IncidentRow, groups: Groups, event: Event) -> str:
    """Return the reason that is kept: of what a larger cause covers, that cause's."""
    parent = groups.rows.get(row.parent_id) if row.parent_id is not None else None
    return parent.reason if parent is not None and event is Event.COVERED else row.reason
