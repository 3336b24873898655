"""The boxes of a unit, for whoever tends them: asking one to blink or to read now."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_server.actions import Action

blueprint = Blueprint("boxes", __name__)

ON_THE_PAGE = (Action.IDENTIFY, Action.READ)
"""What a page asks for; readings sent again and silence are asked for by command, or not from afar at all."""


@blueprint.post("/units/<name>/boxes/<device>")
@login_required  # type: ignore[untyped-decorator]
def ask(name: str, device: str) -> Response:
    wanted = next((action for action in ON_THE_PAGE if action.value == request.form.get("action")), None)
    if wanted is None:
        abort(400)
    parts().actions.ask(viewer(), device, wanted)
    flash(gettext("Asked. The box answers as soon as it is on line."))
    return redirect(url_for("unit.unit", name=name))
