"""From the ledger's rows to news, and the states a notification row goes through."""

import enum

import msgspec
from msgspec import structs
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.notifications.news import Change, News, Standing
from coldchain_server.notifications.recipients import Scope

OPEN, ACKNOWLEDGED, RESOLVED, SUPPRESSED, PENDING = "open", "acknowledged", "resolved", "suppressed", "pending"
"""The states of an incident, as they stand in the ledger."""
_SINCE_IT_ENDED = (Change.RESOLVED,)


class State(enum.Enum):
    """Of a notification row. Each change is compare-and-set."""

    PENDING = "pending"  # to be sent at or after `next_ms`
    SENDING = "sending"  # handed to the channel; no answer by `next_ms` means nobody is waiting for it any more
    SENT = "sent"
    FAILED = "failed"  # given up, or of no use any more; the outcome says which
    UNKNOWN = "unknown"  # handed over, and then the server stopped: it may or may not have arrived
    FOLDED = "folded"  # held back, and told as a number in a later message


def change_of(transition: TransitionRow, incident: IncidentRow) -> Change | None:
    """Return what people may hear of a transition; None where there is nothing to hear."""
    match transition.to_state:
        case "open" if incident.reason == Why.OUTAGE.value:
            return Change.OUTAGE
        case "open":
            return Change.REOPENED if transition.event == "reopened" else Change.OPENED
        case "acknowledged":
            return Change.ACKNOWLEDGED
        case "resolved" if incident.reason == Why.TIME_LEFT.value:
            return None  # the milk is gone, or other milk is in: no news, and no good news
        case "resolved":
            return Change.PAST if transition.event == "past" else Change.RESOLVED
        case _:
            return None


def scope_of(session: Session, incident: IncidentRow, fleet: Fleet) -> Scope:
    """Return the sites that an incident is of: its own, those of what it explains, or all."""
    if incident.site:
        return Scope(sites=(SiteId(incident.site),))
    if incident.reason != Why.OUTAGE.value:
        return Scope(sites=tuple(fleet.sites))
    members = session.execute(
        select(IncidentRow.site, IncidentRow.reason).where(IncidentRow.parent_id == incident.id, IncidentRow.site != "")
    ).all()
    return Scope(
        sites=tuple(SiteId(site) for site in dict.fromkeys(site for site, _ in members) if site in fleet.sites),
        powerless=frozenset(SiteId(site) for site, reason in members if reason == Why.POWER_LOST.value)
        & fleet.sites.keys(),
    )


def news_of(
    transition: TransitionRow,
    incident: IncidentRow,
    fleet: Fleet,
    *,
    change: Change | None = None,
    scope: Scope | None = None,
) -> News:
    """Return what a transition says, as the `change` where one is given.

    A breach is told since it began, its end since it happened. `UnknownThing` where the fleet file no longer names its
    unit, or none of its sites.
    """
    unit = fleet.units.get(UnitId(incident.unit))
    if incident.unit and unit is None:
        raise UnknownThing(f"incident {incident.id} is of unit {incident.unit!r}, which the fleet file does not name")
    sites = (unit.site,) if unit else scope.sites if scope else (SiteId(incident.site),)
    if not sites or sites[0] not in fleet.sites:
        raise UnknownThing(f"incident {incident.id} is of site {incident.site!r}, which the fleet file does not name")
    change = change or change_of(transition, incident) or Change.OPENED
    return News(
        incident=incident.id,
        change=change,
        why=_why(incident.reason),
        level=Level(incident.level),
        site=fleet.sites[sites[0]],
        unit=unit,
        since_ms=transition.happened_ms if change in _SINCE_IT_ENDED else incident.since_ms,
        withdrawn=transition.why == Why.WITHDRAWN.value,
        by_hand=fleet.confidence(incident.subject, incident.since_ms).turn > 0 if unit else False,
        sites=len(sites),
        good_until_ms=good_until_ms(incident),
    )


def news_for(contact: Contact, news: News, scope: Scope, fleet: Fleet) -> News:
    """Return the news as it concerns one person: of several sites, those that they hear of."""
    theirs = [site for site in scope.sites if site in contact.sites]
    if news.unit is not None or not theirs:
        return news
    return structs.replace(news, site=fleet.sites[theirs[0]], sites=len(theirs))


def standing_of(session: Session, transition: TransitionRow, incident: IncidentRow) -> Standing:
    """Return how things stand with a transition's incident by now."""
    same = _saying_the_same(session, incident)
    later = select(TransitionRow.id).where(
        TransitionRow.incident_id == incident.id,
        TransitionRow.id > transition.id,
        TransitionRow.to_state == OPEN,
        TransitionRow.event != "undone",  # an answer that was taken back goes on with what was told before
    )
    return Standing(
        over=incident.state == RESOLVED,
        answered=incident.state == ACKNOWLEDGED,
        covered=incident.state == SUPPRESSED,
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
    return f"coldchain {row.incident_id or row.kind}-{row.id}"


def _saying_the_same(session: Session, incident: IncidentRow) -> list[int]:
    """Return the other incidents of the unit that go on for the same reason and are no less serious.

    Two probes in one unit are two incidents, and one piece of news.
    """
    if not incident.unit:
        return []
    others = select(IncidentRow.id).where(
        IncidentRow.id != incident.id,
        IncidentRow.unit == incident.unit,
        IncidentRow.reason == incident.reason,
        IncidentRow.state.not_in((RESOLVED, PENDING)),
        IncidentRow.past.is_(False),
        or_(IncidentRow.level == Level.CRITICAL.value, IncidentRow.level == incident.level),
    )
    return list(session.scalars(others))


def saying_the_same_since(session: Session, number: int) -> list[int]:
    """Return an incident, and those before it that have said the same of its unit while it went on."""
    incident = session.get_one(IncidentRow, number)
    if not incident.unit:
        return [number]
    before = select(IncidentRow.id).where(
        IncidentRow.id < number,
        IncidentRow.unit == incident.unit,
        IncidentRow.reason == incident.reason,
        IncidentRow.past.is_(False),
        or_(IncidentRow.level == Level.CRITICAL.value, IncidentRow.level == incident.level),
        or_(IncidentRow.resolved_ms.is_(None), IncidentRow.resolved_ms >= incident.opened_ms),
    )
    return [number, *session.scalars(before.order_by(IncidentRow.id.desc()))]


def good_until_ms(incident: IncidentRow) -> int | None:
    """Return until when the milk of an incident is good at worst, as it was when its level was last raised."""
    if incident.reason != Why.TIME_LEFT.value:
        return None
    try:
        return msgspec.json.decode(incident.evidence, type=Evidence).deadline_ms
    except msgspec.MsgspecError:  # another version wrote it
        return None


def _why(reason: str) -> Why | None:
    try:
        return Why(reason)
    except ValueError:
        return None
