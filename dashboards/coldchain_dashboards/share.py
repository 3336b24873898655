"""A unit as something to share: its picture and its sentence, for the WhatsApp group that people have already."""

from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale
from flask_login import login_required

from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_server.queries.sharing import Share
from coldchain_server.viewer import Viewer

blueprint = Blueprint("share", __name__)

WHATSAPP = "https://wa.me/?text="


class SharePage(msgspec.Struct, frozen=True, kw_only=True):
    """`whatsapp` is an address that opens WhatsApp with the sentence in it; the picture is sent from the phone."""

    share: Share
    whatsapp: str


def build(given: Parts, viewer: Viewer, name: str, language: str) -> SharePage:
    """Return the page that shares one unit; `UnknownThing` where the viewer sees none of that name."""
    share = given.queries.share(viewer, name, language)
    return SharePage(share=share, whatsapp=WHATSAPP + quoted(share.sentence))


def quoted(sentence: str) -> str:
    """Return a sentence as it stands in an address."""
    return quote(sentence, safe="")


@blueprint.get("/units/<name>/share")
@login_required  # type: ignore[untyped-decorator]
def page(name: str) -> str:
    return render_template("share.html", page=build(parts(), viewer(), name, _language()))


@blueprint.get("/units/<name>/share.png")
@login_required  # type: ignore[untyped-decorator]
def image(name: str) -> Response:
    return Response(parts().queries.share_picture(viewer(), name, _language()), mimetype="image/png")


def _language() -> str:
    """Return the language asked for, which may be one that no page speaks; else the page's."""
    return request.args.get("lang") or str(get_locale())
