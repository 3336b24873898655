"""Reading incidents: which go on, which went, and one with everything that was done about it."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.incidents.changing import may_undo
from coldchain_server.incidents.handling import Handling
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.queries.rows import attempt, incident_summary, step
from coldchain_server.queries.standing import advice_for, gravity
from coldchain_server.queries.values import Attempt, IncidentList, IncidentStory, IncidentSummary
from coldchain_server.viewer import Viewer

RESOLVED_SHOWN = 20


def seen_incident(session: Session, viewer: Viewer, number: int) -> IncidentRow:
    """Return an incident; `UnknownThing` where there is none or the viewer may not see it, without saying which.

    One over several sites is seen by whoever sees one of them.
    """
    row = session.get(IncidentRow, number)
    if row is None or not (viewer.sees(row.site) or any(viewer.sees(one.site) for one in _under(session, row))):
        raise UnknownThing(f"no incident {number} that you can see")
    return row


def incident_list(session: Session, fleet: Fleet, viewer: Viewer) -> IncidentList:
    """Return what goes on, the gravest first, and the last that went."""
    chosen = select(IncidentRow)
    if not viewer.sees_every_site:
        theirs = select(IncidentRow.parent_id).where(IncidentRow.site == (viewer.site or ""))
        shared = (IncidentRow.site == "") & IncidentRow.id.in_(theirs.where(IncidentRow.parent_id.is_not(None)))
        chosen = chosen.where((IncidentRow.site == viewer.site) | shared)
    going_on = session.scalars(chosen.where(IncidentRow.state != "resolved"))
    gone = session.scalars(
        chosen.where(IncidentRow.state == "resolved").order_by(IncidentRow.resolved_ms.desc()).limit(RESOLVED_SHOWN)
    )
    return IncidentList(
        open=tuple(sorted((incident_summary(row, fleet) for row in going_on), key=gravity)),
        resolved=tuple(incident_summary(row, fleet) for row in gone),
    )


def incident_story(session: Session, fleet: Fleet, viewer: Viewer, number: int, *, now_ms: int) -> IncidentStory:
    row = seen_incident(session, viewer, number)
    incident = incident_summary(row, fleet)
    told = _attempts(session, number)
    transitions = session.scalars(
        select(TransitionRow).where(TransitionRow.incident_id == number).order_by(TransitionRow.id)
    )
    return IncidentStory(
        incident=incident,
        advice=advice_for(
            incident.unit,
            incident.site,
            why=incident.why,
            level=incident.level,
            now_ms=now_ms,
            confidence=incident.confidence,
            good_until_ms=incident.good_until_ms,
        ),
        steps=tuple(step(transition, tuple(told[transition.id])) for transition in transitions),
        may_acknowledge=_answerable(row) and viewer.handles_incidents,
        may_undo=viewer.handles_incidents and may_undo(session, row, at_ms=now_ms),
        parent=_parent(session, fleet, viewer, row),
        members=tuple(incident_summary(one, fleet) for one in _under(session, row) if viewer.sees(one.site)),
    )


def _answerable(row: IncidentRow) -> bool:
    """Return whether somebody may answer: nobody has, or has only heard of it."""
    only_heard = row.state == "acknowledged" and row.handling == Handling.HEARD.value
    return only_heard or row.state not in ("acknowledged", "resolved")


def _under(session: Session, row: IncidentRow) -> Sequence[IncidentRow]:
    """Return what belongs to a larger cause, or ever did, by site."""
    members = select(IncidentRow).where(IncidentRow.parent_id == row.id).order_by(IncidentRow.site, IncidentRow.id)
    return session.scalars(members).all()


def _parent(session: Session, fleet: Fleet, viewer: Viewer, row: IncidentRow) -> IncidentSummary | None:
    parent = session.get(IncidentRow, row.parent_id) if row.parent_id is not None else None
    if parent is None or not (viewer.sees(parent.site) or not parent.site):
        return None
    return incident_summary(parent, fleet)


def _attempts(session: Session, incident: int) -> dict[int, list[Attempt]]:
    rows = session.scalars(
        select(NotificationRow).where(NotificationRow.incident_id == incident).order_by(NotificationRow.id)
    )
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in rows:
        if row.transition_id is not None:
            found[row.transition_id].append(attempt(row))
    return found
