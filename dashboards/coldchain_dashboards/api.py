"""The same as the pages show, as JSON for programs: session cookie or Basic authentication, and reading only."""

import math

import msgspec
from flask import Blueprint, Response, abort
from flask_login import current_user

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.milk.events import Tested
from coldchain_judgement.milk.testing import SCALES
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.queries.milk import MilkNow
from coldchain_server.queries.values import IncidentSummary, ProbeNow, UnitNow

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


class ApiUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit. `celsius` is the last one known; only where `fresh` may it be taken for the present one.

    `estimated`: its device did not know the time, so it is dated by its receipt.
    """

    id: str
    name: str
    kind: str
    site: str
    light: str
    why: str
    since_ms: int | None
    celsius: float | None
    celsius_at_ms: int | None
    confidence: str | None
    fresh: bool
    estimated: bool
    heard_ms: int | None
    action: str | None
    when: str | None
    stay_inside: bool
    box_light: str | None
    box_light_at_ms: int | None
    mains: bool | None
    incidents: tuple[int, ...]


class ApiProbe(msgspec.Struct, frozen=True, kw_only=True):
    probe: str
    place: str
    device: str
    quality: str | None
    at_ms: int | None
    celsius: float | None
    celsius_at_ms: int | None
    confidence: str
    fresh: bool
    estimated: bool


class ApiIncident(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    site: str
    unit: str
    why: str
    level: str
    state: str
    since_ms: int
    opened_ms: int
    resolved_ms: int | None
    limit_celsius: float | None
    worst_celsius: float | None
    confidence: str


class ApiTest(msgspec.Struct, frozen=True, kw_only=True):
    """A quality test of three days that counts. `value` is in `unit`, `percent` how strong the alcohol was."""

    test: str
    at_ms: int
    failed: bool
    value: float | None
    unit: str | None
    percent: float | None
    look: str | None


class ApiMilk(msgspec.Struct, frozen=True, kw_only=True):
    """The milk in a unit: what is said of it, and for technicians and labs between what it may lie.

    `holds` is whether anybody knows of any. `good_until_ms` is the cautious end of its time, `log10` and `hours_to_use`
    (until 10^6 a ml) are at worst, likely, and at best; None for a cooperative, and where nothing can be reckoned.
    """

    unit: str
    holds: bool
    action: str
    when: str
    because: str
    stay_inside: bool
    asks: bool
    milked_ms: int | None = None
    good_until_ms: int | None = None
    log10: tuple[float, float, float] | None = None
    hours_to_use: tuple[float | None, float | None, float | None] | None = None
    tests: tuple[ApiTest, ...] = ()


class ApiUnits(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    units: tuple[ApiUnit, ...]


class ApiUnitStory(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    unit: ApiUnit
    probes: tuple[ApiProbe, ...]
    incidents: tuple[ApiIncident, ...]


class ApiIncidents(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    incidents: tuple[ApiIncident, ...]


@blueprint.before_request
def signed_in() -> None:
    if not current_user.is_authenticated:
        abort(401)


@blueprint.get("/units")
def units() -> Response:
    found = parts().queries.units(viewer())
    return _json(ApiUnits(now_ms=parts().clock.now_ms(), units=tuple(_unit(unit) for unit in found)))


@blueprint.get("/units/<name>")
def unit(name: str) -> Response:
    story = parts().queries.unit(viewer(), name)
    return _json(
        ApiUnitStory(
            now_ms=parts().clock.now_ms(),
            unit=_unit(story.now),
            probes=tuple(_probe(probe) for probe in story.probes),
            incidents=tuple(_incident(incident) for incident in (*story.now.incidents, *story.past)),
        )
    )


@blueprint.get("/units/<name>/milk")
def milk(name: str) -> Response:
    found = parts().queries.milk(viewer(), name)
    if found is None:
        raise UnknownThing(f"no milk is reckoned in {name[:64]!r}")
    return _json(_milk(found, ranges=viewer().role is not Role.COOPERATIVE))


@blueprint.get("/incidents")
def incidents() -> Response:
    found = parts().queries.incidents(viewer())
    listed = tuple(_incident(incident) for incident in (*found.open, *found.resolved))
    return _json(ApiIncidents(now_ms=parts().clock.now_ms(), incidents=listed))


def _json(answer: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(answer), content_type="application/json")


def _milk(milk: MilkNow, *, ranges: bool) -> ApiMilk:
    batch, ends = (milk.batch, milk.ends) if ranges else (None, None)
    use = None if ends is None else (ends.use.earliest, ends.use.likely, ends.use.latest)
    counts = None if batch is None or ends is None else batch.estimate.counts()
    return ApiMilk(
        unit=milk.unit.id,
        holds=milk.batch is not None,
        action=milk.advice.action.value,
        when=milk.advice.when.value,
        because=milk.because.value,
        stay_inside=milk.advice.stay_inside,
        asks=milk.asks,
        milked_ms=batch.milked_ms if batch is not None and batch.known else None,
        good_until_ms=None if ends is None else ends.until_ms,
        log10=None if counts is None else (math.log10(counts[0]), math.log10(counts[1]), math.log10(counts[2])),
        hours_to_use=None if use is None else (_finite(use[0]), _finite(use[1]), _finite(use[2])),
        tests=tuple(
            _test(one.event) for one in milk.events if one.withdrawn_ms is None and isinstance(one.event, Tested)
        ),
    )


def _test(event: Tested) -> ApiTest:
    scale = SCALES.get(event.test)
    return ApiTest(
        test=event.test.value,
        at_ms=event.at_ms,
        failed=event.failed,
        value=event.value,
        unit=None if scale is None else scale.unit,
        percent=event.percent,
        look=None if event.look is None else event.look.value,
    )


def _finite(hours: float) -> float | None:
    """Return hours; None of what never comes, which JSON has no number for."""
    return hours if math.isfinite(hours) else None


def _unit(unit: UnitNow) -> ApiUnit:
    return ApiUnit(
        id=unit.unit.id,
        name=unit.unit.name,
        kind=unit.unit.kind.value,
        site=unit.site.id,
        light=unit.light.value,
        why=unit.why.value,
        since_ms=unit.since_ms,
        celsius=unit.temperature.celsius if unit.temperature else None,
        celsius_at_ms=unit.temperature.at_ms if unit.temperature else None,
        confidence=unit.temperature.confidence.value if unit.temperature else None,
        fresh=unit.fresh,
        estimated=unit.estimated,
        heard_ms=unit.heard_ms,
        action=unit.advice.action.value if unit.advice else None,
        when=unit.advice.when.value if unit.advice else None,
        stay_inside=unit.advice.stay_inside if unit.advice else False,
        box_light=unit.box.light.value if unit.box else None,
        box_light_at_ms=unit.box.at_ms if unit.box else None,
        mains=unit.mains,
        incidents=tuple(incident.id for incident in unit.incidents),
    )


def _probe(probe: ProbeNow) -> ApiProbe:
    return ApiProbe(
        probe=probe.probe,
        place=probe.place.value,
        device=probe.device,
        quality=probe.quality.value if probe.quality else None,
        at_ms=probe.at_ms,
        celsius=probe.ok.celsius if probe.ok else None,
        celsius_at_ms=probe.ok.at_ms if probe.ok else None,
        confidence=probe.confidence.value,
        fresh=probe.fresh,
        estimated=probe.estimated,
    )


def _incident(incident: IncidentSummary) -> ApiIncident:
    return ApiIncident(
        id=incident.id,
        site=incident.site.id,
        unit=incident.unit.id,
        why=incident.why.value,
        level=incident.level.value,
        state=incident.state,
        since_ms=incident.since_ms,
        opened_ms=incident.opened_ms,
        resolved_ms=incident.resolved_ms,
        limit_celsius=incident.limit.celsius if incident.limit else None,
        worst_celsius=incident.worst_celsius,
        confidence=incident.confidence.value,
    )
