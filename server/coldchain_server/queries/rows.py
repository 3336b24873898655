"""From ledger rows to values. What a row names and the fleet no longer knows is shown by its identifier."""

from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.fleet.model import Fleet, Placement, Site, Unit, UnitKind
from coldchain_server.fleet.source import Confidence
from coldchain_server.incidents.handling import Handling
from coldchain_server.ledger.tables import IncidentRow, LatestRow, NotificationRow, TransitionRow
from coldchain_server.queries.values import Attempt, IncidentSummary, Measured, ProbeNow, Step


def site_named(fleet: Fleet, name: str) -> Site:
    """Return the site, or one that has only its identifier, in UTC, where the fleet file no longer names it."""
    return fleet.sites.get(SiteId(name)) or Site(id=SiteId(name), name=name, zone=ZoneInfo("UTC"))


def unit_named(fleet: Fleet, name: str, *, site: str) -> Unit:
    """Return the unit, or one that has only its identifier where the fleet file no longer names it, or it is none."""
    known = fleet.units.get(UnitId(name))
    return known or Unit(id=UnitId(name), site=SiteId(site), name=name, kind=UnitKind.COOLER, profile="")


def incident_summary(row: IncidentRow, fleet: Fleet) -> IncidentSummary:
    evidence = _evidence(row.evidence)
    return IncidentSummary(
        id=row.id,
        site=site_named(fleet, row.site),
        unit=unit_named(fleet, row.unit, site=row.site),
        why=Why(row.reason),
        level=Level(row.level),
        state=row.state,
        since_ms=row.since_ms,
        opened_ms=row.opened_ms,
        resolved_ms=row.resolved_ms,
        limit=evidence.limit,
        worst_celsius=evidence.celsius if evidence.worst_celsius is None else evidence.worst_celsius,
        confidence=fleet.confidence(row.subject, row.since_ms),
        handling=handling_named(row.handling),
        past=row.past,
        parent=row.parent_id,
        good_until_ms=evidence.deadline_ms,
    )


def handling_named(name: str) -> Handling | None:
    """Return how somebody answered; None where nobody did, or as another version knows it."""
    return Handling(name) if name in {one.value for one in Handling} else None


def probe_now(
    placement: Placement, row: LatestRow | None, *, confidence: Confidence, now_ms: int, present_s: int
) -> ProbeNow:
    """Return a probe as it stands, its value taken for the present one for `present_s` seconds.

    What it read before it came to this place says nothing of this unit.
    """
    place = ProbeNow(probe=placement.probe, place=placement.place, device=placement.device, confidence=confidence)
    if row is None or row.at_ms < placement.from_ms:
        return place
    oldest_ms = now_ms - present_s * 1000
    ok = _ok(placement, row, confidence)
    return msgspec.structs.replace(
        place,
        at_ms=row.at_ms,
        quality=Quality(row.quality),
        ok=ok,
        fresh=ok is not None and ok.at_ms >= oldest_ms,
        heard=row.at_ms >= oldest_ms,
        estimated=row.estimated,
    )


def step(row: TransitionRow, attempts: tuple[Attempt, ...]) -> Step:
    return Step(
        from_state=row.from_state,
        to_state=row.to_state,
        happened_ms=row.happened_ms,
        learnt_ms=row.learnt_ms,
        who=row.who,
        why=row.why,
        attempts=attempts,
        event=row.event,
        handling=handling_named(row.handling),
        text=row.text,
    )


def attempt(row: NotificationRow) -> Attempt:
    return Attempt(
        contact=row.contact,
        channel_kind=row.channel_kind,
        language=row.language,
        text=row.text,
        state=row.state,
        attempts=row.attempts,
        at_ms=row.sent_ms if row.sent_ms is not None else row.created_ms,
        outcome=row.outcome,
    )


def _ok(placement: Placement, row: LatestRow, confidence: Confidence) -> Measured | None:
    if row.ok_at_ms is None or row.ok_value is None or row.ok_at_ms < placement.from_ms:
        return None
    return Measured(
        probe=placement.probe,
        place=placement.place,
        celsius=row.ok_value,
        at_ms=row.ok_at_ms,
        confidence=confidence,
    )


def _evidence(text: str) -> Evidence:
    try:
        return msgspec.json.decode(text, type=Evidence)
    except msgspec.MsgspecError:  # an older version wrote it: the incident itself is still shown
        return Evidence()
