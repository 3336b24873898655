"""For machines that watch the server: `/healthz` says whether it works, `/metrics` how much it does."""

import secrets

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from coldchain_dashboards.parts import parts
from coldchain_server.queries.values import BoxCounts, Measures

blueprint = Blueprint("health", __name__)

_LOOPBACK = ("127.0.0.1", "::1")


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Answer 200 where ledger, store and spool answer, else 503; open to all, so it says no more than that."""
    health = parts().queries.health()
    said = {"ledger": health.ledger, "store": health.store, "spool": health.spool}
    answer = jsonify(well=health.well, **{part: trouble or "ok" for part, trouble in said.items()})
    return answer, 200 if health.well else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    if not _may_read_metrics():
        abort(403)
    given = parts()
    registry = registry_of(given.queries.measures(), now_ms=given.clock.now_ms())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def registry_of(measures: Measures, *, now_ms: int) -> CollectorRegistry:
    """Return the measures as Prometheus reads them; what is not known is left out, never zero."""
    registry = CollectorRegistry()
    up = Gauge("coldchain_up", "1 where the part answers", ["part"], registry=registry)
    for part in ("ledger", "store", "spool"):
        up.labels(part).set(getattr(measures.health, part) is None)
    _spool(registry, measures)
    _boxes(registry, measures.boxes)
    incidents = Gauge("coldchain_incidents", "Incidents by state and level", ["state", "level"], registry=registry)
    for (state, level), count in measures.incidents.items():
        incidents.labels(state, level).set(count)
    told = Gauge("coldchain_notifications", "Attempts to tell somebody, by state", ["state"], registry=registry)
    for state, count in measures.notifications.items():
        told.labels(state).set(count)
    heard = Gauge("coldchain_device_last_heard_age_seconds", "Age of the newest reading", ["device"], registry=registry)
    for device, at_ms in measures.last_heard_ms.items():
        heard.labels(device).set((now_ms - at_ms) / 1000)
    return registry


def _spool(registry: CollectorRegistry, measures: Measures) -> None:
    for name, text, value in (
        ("coldchain_spool_depth", "Packs in the spool that some stage has still to read", measures.spool_depth),
        ("coldchain_spool_bytes", "Bytes of the disk that the spool takes", measures.spool_bytes),
        ("coldchain_quarantined", "Messages that came in and could not be used", measures.quarantined),
    ):
        if value is not None:
            Gauge(name, text, registry=registry).set(value)
    totals = measures.totals
    if totals is None:
        return
    Counter("coldchain_readings_received", "Readings taken in, each once", registry=registry).inc(totals.received)
    Counter("coldchain_readings_duplicate", "Readings that came again", registry=registry).inc(totals.duplicates)
    refused = Counter(
        "coldchain_readings_refused",
        "Readings refused and quarantined; a message that cannot be read counts as one",
        ["reason"],
        registry=registry,
    )
    for reason, count in totals.refused.items():
        refused.labels(reason.value).inc(count)


def _boxes(registry: CollectorRegistry, boxes: BoxCounts | None) -> None:
    if boxes is None:
        return
    Gauge("coldchain_requests_open", "Requests that a device has not answered yet", registry=registry).set(
        boxes.open_requests
    )
    Gauge("coldchain_readings_lost", "Readings that were taken and will not come any more", registry=registry).set(
        boxes.lost_readings
    )
    wrong = "Devices and units with something wrong, by kind"
    findings = Gauge("coldchain_findings", wrong, ["kind"], registry=registry)
    for kind, count in boxes.findings.items():
        findings.labels(kind).set(count)


def _may_read_metrics() -> bool:
    token = parts().settings.metrics_token
    if token is None:
        # A proxy on this machine speaks for others: only a direct request from here is from here.
        return request.remote_addr in _LOOPBACK and "X-Forwarded-For" not in request.headers
    given = request.authorization
    bearer = given.token if given is not None and given.type == "bearer" else None
    return secrets.compare_digest((bearer or "").encode(), token.reveal().encode())
