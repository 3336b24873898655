"""What nobody is told of for a while, and probes that are set aside: shown, made and ended."""

from datetime import UTC, tzinfo

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_server.actions import Muting
from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Site, Unit
from coldchain_server.queries.handled import AsideNow, MuteNow

HOURS = (1, 2, 4, 8, 12, 24, 72, 7 * 24, 14 * 24)
"""How long nobody may be told; each has an end."""
BEGINS = (0, 1, 2, 4, 8, 12, 24, 48)
"""In how many hours it may begin."""
_EVERYWHERE = "everywhere"

blueprint = Blueprint("quiet", __name__)


class QuietPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is quiet now or will be; `units` and `sites` are what the viewer may quieten, `wrong` why they could not.

    `zone` is whose clocks say what is quiet everywhere: the viewer's first site's, UTC where they see none.
    """

    now_ms: int
    mutes: tuple[MuteNow, ...]
    aside: tuple[AsideNow, ...]
    units: tuple[tuple[Unit, Site], ...]
    sites: tuple[Site, ...]
    zone: tzinfo
    everywhere: bool
    may: bool
    wrong: bool = False


@blueprint.get("/quiet")
@login_required  # type: ignore[untyped-decorator]
def quiet() -> str:
    return _shown()


@blueprint.post("/quiet")
@login_required  # type: ignore[untyped-decorator]
def mute() -> Response | tuple[str, int]:
    form, given = request.form, parts()
    lasts, begins = form.get("hours", type=int), form.get("begins", 0, type=int)
    where, _, name = form.get("where", "").partition(":")
    if lasts not in HOURS or begins not in BEGINS or where not in ("unit", "site", _EVERYWHERE):
        abort(400)
    muting = Muting(
        unit=name if where == "unit" else None,
        site=name if where == "site" else None,
        lasts_s=lasts * 3600,
        from_ms=given.clock.now_ms() + begins * 3_600_000 if begins else None,
        critical_milk="milk" in form,
        why=form.get("why", ""),
    )
    try:
        given.actions.mute(viewer(), muting)
    except BadEntry:
        return _shown(wrong=True), 422
    flash(gettext("Noted. It ends by itself."))
    return redirect(url_for("quiet.quiet"))


@blueprint.post("/quiet/<int:number>/end")
@login_required  # type: ignore[untyped-decorator]
def end(number: int) -> Response:
    ended = parts().actions.end_mute(viewer(), number)
    flash(gettext("Ended. People are told again.") if ended else gettext("It was over already."))
    return redirect(url_for("quiet.quiet"))


@blueprint.post("/probes/<probe>/back")
@login_required  # type: ignore[untyped-decorator]
def back(probe: str) -> Response:
    done = parts().actions.back_in_use(viewer(), probe)
    flash(gettext("The probe is judged again.") if done else gettext("It was in use already."))
    return redirect(url_for("quiet.quiet"))


def _shown(*, wrong: bool = False) -> str:
    given, who = parts(), viewer()
    units = tuple((one.unit, one.site) for one in given.queries.units(who))
    sites = {site.id: site for _, site in units}
    page = QuietPage(
        now_ms=given.clock.now_ms(),
        mutes=given.queries.mutes(who),
        aside=given.queries.set_aside(who),
        units=units,
        sites=tuple(sites.values()),
        zone=next((site.zone for site in sites.values()), UTC),
        everywhere=who.sees_every_site,
        may=who.handles_incidents,
        wrong=wrong,
    )
    return render_template("quiet.html", page=page, hours=HOURS, begins=BEGINS)
