"""How a unit stands, from what was last heard of it and the incidents that go on. Pure."""

from collections.abc import Sequence

from coldchain_judgement.advice import Advice, advise
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.clocks import local_time
from coldchain_server.fleet.model import Place, Site, Unit, UnitKind
from coldchain_server.queries.values import IncidentSummary, Light, ProbeNow, UnitNow

_REASONS = (Why.TOO_WARM, Why.TOO_COLD, Why.SILENT, Why.PROBE_FAULT)
_PLACES = (Place.MILK, Place.WALL, Place.AIR, Place.AMBIENT)
_ABOUT_PROBES = (Why.SILENT, Why.PROBE_FAULT)


def gravity(incident: IncidentSummary) -> tuple[int, int, int]:
    """Sort key: the gravest incident first, the longest first among equals."""
    reason = _REASONS.index(incident.why) if incident.why in _REASONS else len(_REASONS)
    return (0 if incident.level is Level.CRITICAL else 1, reason, incident.since_ms)


def urgency(unit: UnitNow) -> tuple[int, int, int, str]:
    """Sort key: what needs somebody most urgently first, what somebody already handles after its equals."""
    by_level = {Level.CRITICAL: 0, Level.WARNING: 1, None: 3 if unit.light is Light.GREEN else 2}
    rank = by_level[unit.level]
    return (rank, int(unit.acknowledged), unit.since_ms or 0, unit.unit.name)


def light_of(incidents: Sequence[IncidentSummary], *, fresh: bool) -> Light:
    """Return the light: unknown without a recent value whatever else is known, else by the gravest incident.

    A silent or faulty probe beside one that measures is worth a warning, not more.
    """
    if not fresh:
        return Light.UNKNOWN
    if not incidents:
        return Light.GREEN
    worst = incidents[0]
    return Light.RED if worst.level is Level.CRITICAL and worst.why not in _ABOUT_PROBES else Light.AMBER


def judged_probe(probes: Sequence[ProbeNow]) -> ProbeNow | None:
    """Return the probe that speaks for the unit: milk before wall before air; the freshest value of equals."""
    inside = [probe for probe in probes if probe.place is not Place.AMBIENT]
    if not inside:
        return None
    return min(inside, key=lambda p: (_PLACES.index(p.place), not p.fresh, -(p.ok.at_ms if p.ok else 0)))


def advice_for(unit: Unit, site: Site, *, why: Why, level: Level, now_ms: int) -> Advice:
    """Return what to do at the site's own time of day."""
    local = local_time(now_ms, site.zone)
    return advise(why, level, hot=unit.kind is UnitKind.PASTEURISER, local=local, in_curfew=site.in_curfew(local))


def reason_without_incident(probe: ProbeNow | None) -> Why:
    """Return why a unit on which no incident is open has the light it has."""
    if probe is not None and probe.fresh:
        return Why.WITHIN
    return Why.PROBE_FAULT if probe is not None and probe.heard else Why.SILENT
