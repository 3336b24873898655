"""From the ledger's rows to news, and the states a notification row goes through."""

import enum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.notifications.news import Change, News, Standing


class State(enum.Enum):
    """Of a notification row. Each change is compare-and-set."""

    PENDING = "pending"  # to be sent at or after `next_ms`
    SENDING = "sending"  # handed to the channel; no answer by `next_ms` means nobody is waiting for it any more
    SENT = "sent"
    FAILED = "failed"  # given up, or of no use any more; the outcome says which
    UNKNOWN = "unknown"  # handed over, and then the server stopped: it may or may not have arrived


def news_of(transition: TransitionRow, incident: IncidentRow, fleet: Fleet) -> News:
    """Return what a transition says; `UnknownThing` where the fleet file no longer names its unit.

    A breach is told since it began, its end since it happened.
    """
    unit = next((unit for id, unit in fleet.units.items() if id == incident.unit), None)
    if unit is None:
        raise UnknownThing(f"incident {incident.id} is of unit {incident.unit!r}, which the fleet file does not name")
    change = Change(transition.to_state)
    return News(
        incident=incident.id,
        change=change,
        why=_why(incident.reason),
        level=Level(incident.level),
        site=fleet.sites[unit.site],
        unit=unit,
        since_ms=incident.since_ms if change is Change.OPENED else transition.happened_ms,
        withdrawn=transition.why == Why.WITHDRAWN.value,
        by_hand=fleet.confidence(incident.subject, incident.since_ms).turn > 0,
    )


def standing_of(session: Session, transition: TransitionRow, incident: IncidentRow) -> Standing:
    """Return how things stand with a transition's incident by now."""
    same = _saying_the_same(session, incident)
    later = select(TransitionRow.id).where(
        TransitionRow.incident_id == incident.id,
        TransitionRow.id > transition.id,
        TransitionRow.to_state == Change.OPENED.value,
    )
    return Standing(
        over=incident.state == Change.RESOLVED.value,
        worse_since=session.scalars(later.limit(1)).first() is not None,
        same_before=any(other < incident.id for other in same),
        same_goes_on=bool(same),
    )


def address_of(row: NotificationRow, fleet: Fleet) -> tuple[Contact, str]:
    """Return whom and which address a row is for; `UnknownThing` where the fleet file no longer has it."""
    contact = next((one for one in fleet.contacts if one.id == row.contact), None)
    if contact is None:
        raise UnknownThing(f"contact {row.contact!r} is not in the fleet file any more")
    if row.channel >= len(contact.channels):
        raise UnknownThing(f"contact {row.contact!r} has no channel {row.channel} any more")
    return contact, contact.channels[row.channel]


def title_of(row: NotificationRow) -> str:
    """Return what names a message the same however often it is sent."""
    return f"coldchain {row.incident_id}-{row.id}"


def _saying_the_same(session: Session, incident: IncidentRow) -> list[int]:
    """Return the other incidents of the unit that go on for the same reason and are no less serious.

    Two probes in one unit are two incidents, and one piece of news.
    """
    others = select(IncidentRow.id).where(
        IncidentRow.id != incident.id,
        IncidentRow.unit == incident.unit,
        IncidentRow.reason == incident.reason,
        IncidentRow.state != Change.RESOLVED.value,
        or_(IncidentRow.level == Level.CRITICAL.value, IncidentRow.level == incident.level),
    )
    return list(session.scalars(others))


def _why(reason: str) -> Why | None:
    try:
        return Why(reason)
    except ValueError:
        return None
