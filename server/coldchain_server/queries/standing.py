"""How a unit stands, from what was last heard of it and the incidents that go on. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from coldchain_judgement import light
from coldchain_judgement.advice import Advice, advise
from coldchain_judgement.limits import Level, Limit
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.clocks import local_time
from coldchain_server.fleet.model import Place, Site, Unit, UnitKind
from coldchain_server.fleet.source import Confidence
from coldchain_server.notifications.milk import time_left
from coldchain_server.queries.values import IncidentSummary, ProbeNow, UnitNow

_REASONS = (Why.TOO_WARM, Why.TOO_COLD, Why.SILENT, Why.PROBE_FAULT)
_PLACES = (Place.MILK, Place.WALL, Place.AIR, Place.AMBIENT)
_FINE = Verdict(
    rule="",
    standing=Standing.FINE,
    level=Level.WARNING,
    why=Why.WITHIN,
    since_ms=0,
    happened_ms=0,
    evidence=Evidence(),
)


def gravity(incident: IncidentSummary) -> tuple[int, int, int]:
    """Sort key: the gravest incident first, the longest first among equals."""
    return (0 if incident.level is Level.CRITICAL else 1, _reason(incident.why), incident.since_ms)


def urgency(unit: UnitNow) -> tuple[int, int, int, int, str]:
    """Sort key: what needs somebody most urgently first, what somebody already handles after its equals."""
    calm = 4 if unit.beyond is None else 3
    rank = {Level.CRITICAL: 0, Level.WARNING: 1, None: calm if unit.light is light.Light.GREEN else 2}[unit.level]
    return (rank, int(unit.acknowledged), _reason(unit.why), unit.since_ms or 0, unit.unit.name)


def light_of(incidents: Sequence[IncidentSummary], *, fresh: bool) -> light.Light:
    """Return the light as the box has it for the same breaches; without a recent value it is unknown, never green."""
    if not fresh:
        return light.Light.UNKNOWN
    return light.light_of([_verdict(incident) for incident in incidents] or [_FINE])


def judged_probe(probes: Sequence[ProbeNow]) -> ProbeNow | None:
    """Return the probe that speaks for the unit: milk before wall before air; the freshest value of equals.

    What a hand or a logger tells speaks only where nothing tells by itself, as in judging.
    """
    inside = [probe for probe in probes if probe.place is not Place.AMBIENT]
    if not inside:
        return None
    return min(inside, key=lambda p: (*nearness(p.confidence, p.place), not p.fresh, -(p.ok.at_ms if p.ok else 0)))


def nearness(confidence: Confidence, place: Place) -> tuple[int, int]:
    """Sort key: what tells by itself first, then what is nearest to the milk."""
    return confidence.turn, _PLACES.index(place)


def crossed(limits: Iterable[Limit], probe: ProbeNow | None) -> Limit | None:
    """Return the gravest limit that the present temperature is beyond, however short a time."""
    if probe is None or not probe.fresh or probe.ok is None:
        return None
    return limit_crossed(limits, probe.ok.celsius)


def limit_crossed(limits: Iterable[Limit], celsius: float) -> Limit | None:
    """Return the gravest limit that a temperature is beyond."""
    beyond = [limit for limit in limits if limit.crossed_by(celsius)]
    return min(beyond, key=lambda limit: limit.level is not Level.CRITICAL, default=None)


def advice_for(
    unit: Unit,
    site: Site,
    *,
    why: Why,
    level: Level,
    now_ms: int,
    confidence: Confidence = Confidence.HIGH,
    good_until_ms: int | None = None,
) -> Advice:
    """Return what to do at the site's own time of day about what was measured with that confidence.

    `good_until_ms` is until when milk is good at worst, whose time runs out; None where nobody can say.
    """
    if why is Why.TIME_LEFT:
        return time_left(level, good_until_ms, None, site=site, now_ms=now_ms)
    local = local_time(now_ms, site.zone)
    return advise(
        why,
        level,
        hot=unit.kind is UnitKind.PASTEURISER,
        local=local,
        in_curfew=site.in_curfew(local),
        by_hand=confidence.turn > 0,
    )


def reason_without_incident(probe: ProbeNow | None) -> Why:
    """Return why a unit on which no incident is open has the light it has."""
    if probe is not None and probe.fresh:
        return Why.WITHIN
    return Why.PROBE_FAULT if probe is not None and probe.heard else Why.SILENT


def _verdict(incident: IncidentSummary) -> Verdict:
    return msgspec.structs.replace(
        _FINE, standing=Standing.BREACH, level=incident.level, why=incident.why, since_ms=incident.since_ms
    )


def _reason(why: Why) -> int:
    return _REASONS.index(why) if why in _REASONS else len(_REASONS)
