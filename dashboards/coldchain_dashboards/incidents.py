"""Incidents: what goes on, what went, and one with everything that was done about it."""

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_server.errors import BadEntry
from coldchain_server.queries.values import IncidentList, IncidentStory

blueprint = Blueprint("incidents", __name__)


class IncidentsPage(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    incidents: IncidentList


class IncidentPage(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    story: IncidentStory


@blueprint.get("/incidents")
@login_required  # type: ignore[untyped-decorator]
def incidents() -> str:
    page = IncidentsPage(now_ms=parts().clock.now_ms(), incidents=parts().queries.incidents(viewer()))
    return render_template("incidents.html", page=page)


@blueprint.get("/incidents/<int:number>")
@login_required  # type: ignore[untyped-decorator]
def incident(number: int) -> str:
    page = IncidentPage(now_ms=parts().clock.now_ms(), story=parts().queries.incident(viewer(), number))
    return render_template("incident.html", page=page)


@blueprint.post("/incidents/<int:number>/acknowledge")
@login_required  # type: ignore[untyped-decorator]
def acknowledge(number: int) -> Response:
    try:
        first = parts().actions.acknowledge(viewer(), number, request.form.get("why", ""))
    except BadEntry:
        flash(gettext("Say in a few words what you are doing about it."))
    else:
        flash(gettext("Noted. Everybody can see that you handle it.") if first else gettext("It was handled already."))
    return redirect(url_for("incidents.incident", number=number))
