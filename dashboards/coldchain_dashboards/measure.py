"""What a thermometer shows, typed by whoever reads it; taken back while it does not count yet."""

from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards import texts
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_dashboards.saying import degrees, whole_degrees
from coldchain_judgement.limits import Side
from coldchain_server.actions import Doubt, Refusal, Refused, Telling, celsius_typed, doubt
from coldchain_server.queries.hand import HandPage
from coldchain_server.viewer import Viewer

AGO_MINUTES = (0, 15, 30, 60, 120, 180, 360, 720)
"""How long ago a thermometer may have been read: chosen, because a time that is typed is one more thing to err in."""

blueprint = Blueprint("measure", __name__)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What the form was sent with. `sure` repeats the temperature that was asked back; `instead` replaces it."""

    token: UUID
    unit: str = ""
    celsius: str = ""
    below_zero: bool = False
    ago_minutes: int = 0
    sure: str = ""
    instead: str = ""

    def temperature(self) -> float:
        """Return the temperature; `Refused` where it is none."""
        value = celsius_typed(self.instead or self.celsius)
        return -abs(value) if self.below_zero and not self.instead else value


class MeasurePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it was typed, what is asked back or refused of it, and what was told lately."""

    now_ms: int
    hand: HandPage
    typed: Typed
    asked: Doubt | None = None
    refused: Refusal | None = None


@blueprint.get("/measure")
@login_required  # type: ignore[untyped-decorator]
def form() -> str:
    return _shown(Typed(token=uuid4(), unit=request.args.get("unit", "")))


@blueprint.post("/measure")
@login_required  # type: ignore[untyped-decorator]
def told() -> Response | tuple[str, int]:
    typed = _typed()
    try:
        celsius = typed.temperature()
        asked = _asked(parts(), viewer(), typed, celsius)
        if asked is None:
            _tell(parts(), viewer(), typed, celsius)
            return redirect(url_for("measure.form", unit=typed.unit))
    except Refused as refused:
        return _shown(typed, refused=refused.why), 422
    return _shown(typed, asked=asked), 422


@blueprint.post("/measure/<reading>/undo")
@login_required  # type: ignore[untyped-decorator]
def undo(reading: str) -> Response:
    undone = parts().actions.undo_measure(viewer(), reading)
    late = gettext("Too late to undo: it counts already. Tell the right value below.")
    flash(gettext("Undone. It does not count.") if undone else late)
    return redirect(url_for("measure.form"))


def _typed() -> Typed:
    """Return what the form was sent with; 400 for what no form of ours sends."""
    try:
        token, ago = UUID(request.form.get("token", "")), int(request.form.get("ago", "0"))
    except ValueError:
        abort(400)
    if ago not in AGO_MINUTES:
        abort(400)
    return Typed(
        token=token,
        unit=request.form.get("unit", ""),
        celsius=request.form.get("celsius", ""),
        below_zero="below" in request.form,
        ago_minutes=ago,
        sure=request.form.get("sure", ""),
        instead=request.form.get("instead", ""),
    )


def _asked(given: Parts, who: Viewer, typed: Typed, celsius: float) -> Doubt | None:
    """Return the question back; None for a usual temperature, and for one that was said to be right."""
    if typed.sure == f"{celsius:g}":
        return None
    kind = next((one.unit.kind for one in given.queries.measurable(who) if one.unit.id == typed.unit), None)
    return None if kind is None else doubt(celsius, kind)


def _tell(given: Parts, who: Viewer, typed: Typed, celsius: float) -> None:
    now_ms = given.clock.now_ms()
    at_ms = now_ms - typed.ago_minutes * 60_000
    telling = Telling(id=typed.token, unit=typed.unit, celsius=celsius, at_ms=at_ms, who=who.name, channel="form")
    given.actions.measure(who, telling)
    newest = given.queries.by_hand(who).lately[0]
    flash(gettext("Noted: %(unit)s, %(celsius)s.", unit=newest.unit.name, celsius=degrees(newest.celsius)))
    limit = newest.beyond
    if limit is not None:
        line = whole_degrees(limit.celsius)
        above = gettext("Above %(limit)s: keep it closed, and measure again in an hour.", limit=line)
        below = gettext("Below %(limit)s: measure again in an hour.", limit=line)
        flash(above if limit.side is Side.ABOVE else below)
    if newest.site.in_curfew(newest.site.local(now_ms).time()):
        flash(texts.STAY_INSIDE)


def _shown(typed: Typed, *, asked: Doubt | None = None, refused: Refusal | None = None) -> str:
    given = parts()
    page = MeasurePage(
        now_ms=given.clock.now_ms(),
        hand=given.queries.by_hand(viewer()),
        typed=typed,
        asked=asked,
        refused=refused,
    )
    return render_template("measure.html", page=page, ago_minutes=AGO_MINUTES)
