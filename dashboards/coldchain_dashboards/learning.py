"""What the tests of a site teach of how its milk begins: shown with its effect, gone by or withdrawn, with history."""

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.milk.learning import Learnt
from coldchain_server.actions import Decision
from coldchain_server.errors import BadEntry
from coldchain_server.queries.learning import LearningNow

blueprint = Blueprint("learning", __name__)


class LearningPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is known; `seen` is the proposal as the form carries it, so that nobody decides on another than they saw.
    `wrong` is why something was not taken, in the server's words."""

    now_ms: int
    known: LearningNow
    seen: str
    wrong: str = ""


@blueprint.get("/sites/<name>/learning")
@login_required  # type: ignore[untyped-decorator]
def page(name: str) -> str:
    return _shown(name)


@blueprint.post("/sites/<name>/learning")
@login_required  # type: ignore[untyped-decorator]
def decide(name: str) -> Response | tuple[str, int]:
    try:
        seen = _seen(request.form.get("seen", ""))
        parts().actions.decide_offset(viewer(), Decision(site=name, seen=seen, why=request.form.get("why", "")))
    except BadEntry as wrong:
        return _shown(name, wrong=str(wrong)), 422
    flash(gettext("Changed. The server and the boxes go by it within half a minute."))
    return redirect(url_for("learning.page", name=name))


def _seen(text: str) -> Learnt | None:
    try:
        return msgspec.json.decode(text, type=Learnt) if text else None
    except msgspec.MsgspecError:
        abort(400)


def _shown(name: str, *, wrong: str = "") -> str:
    given = parts()
    known = given.queries.learning(viewer(), name)
    seen = "" if known.proposed is None else msgspec.json.encode(known.proposed).decode()
    page = LearningPage(now_ms=given.clock.now_ms(), known=known, seen=seen, wrong=wrong)
    return render_template("learning.html", page=page)
