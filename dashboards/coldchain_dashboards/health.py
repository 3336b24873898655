"""For machines that watch the server: `/healthz` says whether it works, `/metrics` how much it does."""

import secrets

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from coldchain_dashboards.parts import parts
from coldchain_server.queries.values import Measures

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
    if measures.spool_depth is not None:
        depth = Gauge(
            "coldchain_spool_depth", "Packs in the spool that some stage has still to read", registry=registry
        )
        depth.set(measures.spool_depth)
    if measures.quarantined is not None:
        Gauge("coldchain_quarantined", "Messages that came in and could not be used", registry=registry).set(
            measures.quarantined
        )
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


def _may_read_metrics() -> bool:
    token = parts().settings.metrics_token
    if token is None:
        # A proxy on this machine speaks for others: only a direct request from here is from here.
        return request.remote_addr in _LOOPBACK and "X-Forwarded-For" not in request.headers
    given = request.authorization
    bearer = given.token if given is not None and given.type == "bearer" else None
    return secrets.compare_digest((bearer or "").encode(), token.reveal().encode())
