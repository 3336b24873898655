"""Ways to people that do not work: addresses that are refused for good, and messages held back; for administrators."""

from collections.abc import Mapping

import msgspec
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_server.errors import NotAllowed
from coldchain_server.queries.telling import RefusedAddress

blueprint = Blueprint("ways", __name__)


class WaysPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is refused, and how many messages wait for room in the hour, by contact."""

    now_ms: int
    refused: tuple[RefusedAddress, ...]
    held_back: Mapping[str, int]


@blueprint.get("/ways")
@login_required  # type: ignore[untyped-decorator]
def ways() -> str:
    given, who = parts(), viewer()
    if not who.looks_after_people:
        raise NotAllowed(f"{who.role.value} accounts look after nobody's addresses; administrators do")
    page = WaysPage(
        now_ms=given.clock.now_ms(),
        refused=given.queries.refused_addresses(who),
        held_back=given.queries.held_back(who),
    )
    return render_template("ways.html", page=page)


@blueprint.post("/ways/<int:number>/use")
@login_required  # type: ignore[untyped-decorator]
def use(number: int) -> Response:
    used = parts().actions.enable_channel(viewer(), number)
    flash(
        gettext("It is used again. What it refuses is told once more.") if used else gettext("It was in use already.")
    )
    return redirect(url_for("ways.ways"))
