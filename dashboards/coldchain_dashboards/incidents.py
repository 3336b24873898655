"""Incidents: what goes on, what went, and one with everything that was done about it."""

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_dashboards.quiet import HOURS
from coldchain_server.actions import Handling
from coldchain_server.errors import BadEntry
from coldchain_server.queries.values import IncidentList, IncidentStory

blueprint = Blueprint("incidents", __name__)

SHOWN = (Handling.MILK_MOVED, Handling.POWER_OUT, Handling.LOOKING, Handling.HEARD)
"""Answers that have a picture each: one touch, nothing to read or to type."""
LISTED = (Handling.OTHER, Handling.REPAIRING, Handling.PROBE_FAULTY)
"""Answers that are chosen from a list; each may come with words."""


class IncidentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`kept_quiet`, `set_aside` and `ways` (that do not work) count what has a page of its own; None: not theirs."""

    now_ms: int
    incidents: IncidentList
    kept_quiet: int
    set_aside: int
    ways: int | None


class IncidentPage(msgspec.Struct, frozen=True, kw_only=True):
    """One incident; `next` are told at `next_ms` unless somebody answers, where there are none it is a reminder."""

    now_ms: int
    story: IncidentStory
    next_ms: int | None
    next: tuple[str, ...]
    may_handle: bool
    hours: tuple[int, ...] = HOURS
    listed: tuple[Handling, ...] = LISTED

    @property
    def shown(self) -> tuple[Handling, ...]:
        """Return the answers with a picture; in a curfew nobody is offered to go and look."""
        site = self.story.incident.site
        if not site.in_curfew(site.local(self.now_ms).time()):
            return SHOWN
        return tuple(Handling.LOOKING_AT_DAYLIGHT if one is Handling.LOOKING else one for one in SHOWN)


@blueprint.get("/incidents")
@login_required  # type: ignore[untyped-decorator]
def incidents() -> str:
    queries = parts().queries
    page = IncidentsPage(
        now_ms=parts().clock.now_ms(),
        incidents=queries.incidents(viewer()),
        kept_quiet=len(queries.mutes(viewer())),
        set_aside=len(queries.set_aside(viewer())),
        ways=len(queries.refused_addresses(viewer())) if viewer().looks_after_people else None,
    )
    return render_template("incidents.html", page=page)


@blueprint.get("/incidents/<int:number>")
@login_required  # type: ignore[untyped-decorator]
def incident(number: int) -> str:
    telling = parts().queries.telling(viewer(), number)
    page = IncidentPage(
        now_ms=parts().clock.now_ms(),
        story=parts().queries.incident(viewer(), number),
        next_ms=telling.next_ms,
        next=telling.next,
        may_handle=viewer().handles_incidents,
    )
    return render_template("incident.html", page=page)


@blueprint.post("/incidents/<int:number>/acknowledge")
@login_required  # type: ignore[untyped-decorator]
def acknowledge(number: int) -> Response:
    try:
        noted = parts().actions.answer(viewer(), number, _handling(), request.form.get("why", ""))
    except BadEntry:
        flash(gettext("Say in a few words what you are doing about it."))
    else:
        flash(gettext("Noted. Everybody can see that you handle it.") if noted else gettext("It was handled already."))
        if noted is Handling.LOOKING_AT_DAYLIGHT:
            flash(gettext("Look at daylight. Do not go out."))
    return redirect(url_for("incidents.incident", number=number))


@blueprint.post("/incidents/<int:number>/undo")
@login_required  # type: ignore[untyped-decorator]
def undo(number: int) -> Response:
    undone = parts().actions.undo_answer(viewer(), number)
    flash(gettext("Taken back.") if undone else gettext("It is too late to take that back."))
    return redirect(url_for("incidents.incident", number=number))


def _handling() -> Handling:
    """Return what was chosen; words alone are an answer of their own."""
    try:
        return Handling(request.form.get("handling", Handling.OTHER.value))
    except ValueError:
        return Handling.OTHER
