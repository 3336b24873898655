"""The sticker on a unit: printed by a technician; whoever scans it sees state and action, and nothing else."""

import msgspec
import segno
from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask_login import login_required
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from coldchain_dashboards.hooks.letting_in import base
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_server.viewer import Viewer

blueprint = Blueprint("sticker", __name__)


class StickerPage(msgspec.Struct, frozen=True, kw_only=True):
    """The sticker of the unit `name`: where it leads, and that drawn as a QR code; both empty where there is none."""

    name: str
    shown: str
    address: str = ""
    drawn: str = ""


def build(given: Parts, who: Viewer, name: str) -> StickerPage:
    """Return the page that prints a sticker; raises as `Queries.sticker` does."""
    code = given.queries.sticker(who, name)
    shown = given.queries.unit(who, name).now.unit.name
    if code is None:
        return StickerPage(name=name, shown=shown)
    address = f"{base()}{url_for('sticker.scanned', code=code)}"
    drawn = segno.make_qr(address, error="m").svg_inline(omitsize=True)
    return StickerPage(name=name, shown=shown, address=address, drawn=Markup(drawn))  # noqa: S704 - drawn by us


@blueprint.get("/units/<name>/sticker")
@login_required  # type: ignore[untyped-decorator]
def page(name: str) -> str:
    return render_template("sticker.html", page=build(parts(), viewer(), name))


@blueprint.post("/units/<name>/sticker")
@login_required  # type: ignore[untyped-decorator]
def put_up(name: str) -> Redirect:
    parts().actions.put_up_sticker(viewer(), name)
    return redirect(url_for("sticker.page", name=name))


@blueprint.get("/s/<code>")
def scanned(code: str) -> Response:
    """Show a stranger beside the unit how it stands; whoever is signed in sees no more here."""
    now = parts().queries.at_sticker(code)
    answer = make_response(render_template("scanned.html", now=now, viewer=None, measures=False))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
