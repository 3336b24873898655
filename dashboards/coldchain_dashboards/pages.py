"""The pages put together."""

import math
import secrets
import time
from hashlib import sha256
from pathlib import Path

from flask import Flask, url_for
from flask_babel import get_locale
from flask_wtf.csrf import CSRFProtect

from coldchain_contract.clock import Clock
from coldchain_dashboards import (
    api,
    batches,
    boxes,
    freshness,
    health,
    hooks,
    incidents,
    learning,
    limits,
    measure,
    milk,
    overview,
    quiet,
    saying,
    share,
    sign_in,
    sticker,
    testing,
    texts,
    unit,
    ways,
)
from coldchain_dashboards.failures import answer_failures
from coldchain_dashboards.languages import LANGUAGES, speak
from coldchain_dashboards.parts import Parts, give, parts
from coldchain_dashboards.people import recognise, viewer_or_none
from coldchain_dashboards.security import guard
from coldchain_dashboards.settings import WebSettings
from coldchain_dashboards.tries import Tries
from coldchain_server.actions import Actions
from coldchain_server.freshness.codes import spaced
from coldchain_server.gateways.settings import Gateways
from coldchain_server.queries import Queries

_LARGEST_FORM_BYTES = 16 * 1024
_STATIC_S = 30 * 24 * 3600


def create_pages(
    *,
    queries: Queries,
    actions: Actions,
    settings: WebSettings,
    clock: Clock,
    secret_key: str | None = None,
    gateways: Gateways | None = None,
) -> Flask:
    """Return the WSGI application.

    Sessions are signed by the settings' key, else by `secret_key`, else by a random one that ends with the process.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key.reveal() if settings.secret_key else secret_key or secrets.token_hex(32),
        SESSION_COOKIE_NAME="coldchain",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        WTF_CSRF_TIME_LIMIT=None,  # a page left open on a phone overnight still acknowledges
        WTF_CSRF_SSL_STRICT=False,  # same-site cookies and the token suffice behind a proxy that speaks http
        MAX_CONTENT_LENGTH=_LARGEST_FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=_STATIC_S,
    )
    give(
        app,
        Parts(queries=queries, actions=actions, settings=settings, clock=clock, gateways=gateways or Gateways()),
    )
    tries = _tries(settings)
    CSRFProtect(app).exempt(hooks.blueprint)  # gateways have no session: a key in the address lets them in
    recognise(app, tries)
    speak(app, usual=settings.language)
    guard(app)
    answer_failures(app)
    _furnish(app, settings)
    for blueprint in (
        overview.blueprint,
        unit.blueprint,
        boxes.blueprint,
        share.blueprint,
        sticker.blueprint,
        incidents.blueprint,
        limits.blueprint,
        measure.blueprint,
        milk.blueprint,
        testing.blueprint,
        learning.blueprint,
        batches.blueprint,
        quiet.blueprint,
        ways.blueprint,
        hooks.blueprint,
        sign_in.blueprint(tries),
        freshness.blueprint(_tries(settings)),
        health.blueprint,
        api.blueprint,
    ):
        app.register_blueprint(blueprint)
    return app


def _tries(settings: WebSettings) -> Tries:
    return Tries(most=settings.sign_in_tries, wait_s=settings.sign_in_wait_s, monotonic=time.monotonic)


def _furnish(app: Flask, settings: WebSettings) -> None:
    """Give templates their words, and static files addresses that change with their content."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters.update(
        said=texts.said,
        state_said=texts.state_said,
        box_said=texts.box_said,
        why_said=texts.why_said,
        told_said=texts.told_said,
        milk_said=texts.milk_said,
        log10=math.log10,
        degrees=saying.degrees,
        whole_degrees=saying.whole_degrees,
        number=saying.number,
        plain=saying.plain,
        age=saying.age,
        duration=saying.duration,
        clock_time=saying.clock_time,
        dated=saying.dated,
        spaced=spaced,
    )
    stamps = {file.name: _stamp(file) for file in Path(str(app.static_folder)).iterdir()}

    @app.context_processor
    def furniture() -> dict[str, object]:
        return {
            "viewer": viewer_or_none(),
            "measures": _measures(),
            "language": str(get_locale()),
            "languages": LANGUAGES,
            "refresh_s": settings.refresh_s,
            "stay_inside": texts.STAY_INSIDE,
            "file": lambda name: url_for("static", filename=name, v=stamps[name]),
        }


def _measures() -> bool:
    """Whether there is anything that the viewer may measure by hand; a page that tells of a failure asks nothing."""
    seen = viewer_or_none()
    return seen is not None and bool(parts().queries.measurable(seen))


def _stamp(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()[:8]
