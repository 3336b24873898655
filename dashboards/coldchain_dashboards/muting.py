"""Mutes and probes set aside, by hand: nobody told for a while, and a probe that judges again."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_server.actions import Muting
from coldchain_server.errors import BadEntry

blueprint = Blueprint("muting", __name__)

HOURS = (1, 4, 12, 24)
"""How long a mute from the pages may last."""


@blueprint.post("/units/<name>/mute")
@login_required  # type: ignore[untyped-decorator]
def mute(name: str) -> Response:
    muting = Muting(
        unit=name,
        lasts_s=_hours() * 3600,
        why=request.form.get("because", ""),
        critical_milk=request.form.get("critical_milk") == "yes",
    )
    try:
        parts().actions.mute(viewer(), muting)
    except BadEntry:
        flash(gettext("Say in a few words why nobody is to be told."))
    else:
        flash(gettext("Nobody is told for now. What still goes on then is told."))
    return redirect(url_for("incidents.incidents"))


@blueprint.post("/mutes/<int:number>/end")
@login_required  # type: ignore[untyped-decorator]
def end(number: int) -> Response:
    parts().actions.end_mute(viewer(), number)
    flash(gettext("People are told again."))
    return redirect(url_for("incidents.incidents"))


@blueprint.post("/probes/<path:probe>/back")
@login_required  # type: ignore[untyped-decorator]
def back(probe: str) -> Response:
    parts().actions.back_in_use(viewer(), probe)
    flash(gettext("The probe is judged again."))
    return redirect(url_for("incidents.incidents"))


def _hours() -> int:
    typed = request.form.get("hours", "")
    return int(typed) if typed in map(str, HOURS) else HOURS[0]
