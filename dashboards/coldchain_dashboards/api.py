"""The same as the pages show, as JSON for programs: session cookie or Basic authentication, and reading only."""

import msgspec
from flask import Blueprint, Response, abort
from flask_login import current_user

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
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


@blueprint.get("/incidents")
def incidents() -> Response:
    found = parts().queries.incidents(viewer())
    listed = tuple(_incident(incident) for incident in (*found.open, *found.resolved))
    return _json(ApiIncidents(now_ms=parts().clock.now_ms(), incidents=listed))


def _json(answer: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(answer), content_type="application/json")


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
