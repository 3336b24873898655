"""Handling incidents as deeds: an answer, taking it back, a probe set aside and back in use; each is audited."""

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn, SiteId
from coldchain_server.actions.audit import note
from coldchain_server.fleet.model import Fleet, Placement
from coldchain_server.incidents.changing import acknowledge, undo
from coldchain_server.incidents.handling import UNDO_S, Handling
from coldchain_server.ledger.tables import IncidentRow, SetAsideRow


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody answers an incident, in their words where they have any."""

    handling: Handling
    who: str
    text: str = ""


def answer(session: Session, fleet: Fleet, incident: IncidentRow, said: Said, *, now_ms: int) -> Handling | None:
    """Acknowledge an incident; None where somebody has answered already, or it is over, which is no error.

    Return as what it was noted: inside the site's curfew nobody goes to look before daylight. A probe that is called
    faulty is set aside. Whether whoever says it may, its caller has seen to.
    """
    handling = at_that_hour(fleet, incident, said.handling, now_ms)
    noted = acknowledge(session, incident.id, who=said.who, handling=handling, text=said.text, at_ms=now_ms)
    if not noted:
        return None
    detail = f"{handling.value} {said.text}".rstrip()
    subject = f"incident {incident.id}"
    note(session, at_ms=now_ms, who=said.who, action="acknowledge", subject=subject, detail=detail)
    if handling is Handling.PROBE_FAULTY:
        _set_aside(session, fleet, incident, said, now_ms=now_ms)
    return handling


def take_back(session: Session, incident: IncidentRow, *, who: str, now_ms: int) -> bool:
    """Take an answer back while it can be, and with it the probe that was set aside; False where it is too late.

    A probe that was set aside leaves nothing to judge, so its incident may be over by now: the probe is put back in
    use all the same.
    """
    undone = undo(session, incident.id, who=who, at_ms=now_ms)
    aside = session.scalars(_aside().where(SetAsideRow.incident_id == incident.id)).all()
    lately = [row for row in aside if undone or now_ms - row.from_ms <= UNDO_S * 1000]
    for row in lately:
        put_back(session, row, who=who, now_ms=now_ms)
    if undone:
        note(session, at_ms=now_ms, who=who, action="undo-acknowledge", subject=f"incident {incident.id}")
    return undone or bool(lately)


def aside_now(session: Session, probe: str) -> SetAsideRow | None:
    """Return since when and why a probe is set aside; None where it is in use."""
    return session.scalars(_aside().where(SetAsideRow.probe == probe)).first()


def put_back(session: Session, row: SetAsideRow, *, who: str, now_ms: int) -> None:
    """Put a probe back in use: from now on it is judged anew."""
    row.to_ms, row.back_by = now_ms, who[:64]
    note(session, at_ms=now_ms, who=who, action="back-in-use", subject=f"probe {row.probe}", detail=f"unit {row.unit}")


def at_that_hour(fleet: Fleet, incident: IncidentRow, handling: Handling, now_ms: int) -> Handling:
    """Return as what an answer is noted now: nobody is to go out in a curfew.

    Of several sites the curfew of one is enough, and a site that the fleet file no longer names counts as in one.
    """
    if handling is not Handling.LOOKING:
        return handling
    known = fleet.sites.get(SiteId(incident.site)) if incident.site else None
    sites = [known] if known is not None else list(fleet.sites.values())
    curfew = not sites or any(site.in_curfew(site.local(now_ms).time()) for site in sites)
    return Handling.LOOKING_AT_DAYLIGHT if curfew else handling


def _set_aside(session: Session, fleet: Fleet, incident: IncidentRow, said: Said, *, now_ms: int) -> None:
    """Set the probe of an incident aside; nothing where the incident is of no probe, or it is aside already."""
    placement: Placement | None = fleet.placement(ProbeUrn(incident.subject), now_ms)
    if placement is None or placement.unit != incident.unit or aside_now(session, placement.probe) is not None:
        return
    session.add(
        SetAsideRow(
            site=incident.site,
            unit=incident.unit,
            probe=placement.probe,
            from_ms=now_ms,
            to_ms=None,
            incident_id=incident.id,
            who=said.who[:64],
            why=said.text,
        )
    )
    session.flush()
    subject = f"probe {placement.probe}"
    note(session, at_ms=now_ms, who=said.who, action="set-aside", subject=subject, detail=f"unit {incident.unit}")


def _aside() -> Select[SetAsideRow]:
    return select(SetAsideRow).where(SetAsideRow.to_ms.is_(None)).order_by(SetAsideRow.id)
