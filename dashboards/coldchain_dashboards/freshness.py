"""Freshness cards: made of the milk in a cooler by one touch, and checked by whoever was shown one, without a name."""

from uuid import UUID, uuid4

import msgspec
import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from coldchain_dashboards.hooks.letting_in import base
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer, viewer_or_none
from coldchain_dashboards.share import WHATSAPP, quoted
from coldchain_dashboards.tries import Tries
from coldchain_server.errors import UnknownThing
from coldchain_server.freshness.card import Refusal
from coldchain_server.freshness.codes import read_code
from coldchain_server.freshness.rows import Issued
from coldchain_server.queries.freshness import Checked, Holding, Offer


class OfferPage(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said to a buyer of the milk in one unit. `key` names the card that is made next."""

    now_ms: int
    offer: Offer
    key: UUID

    @property
    def card(self) -> Issued | None:
        """Return the card that may be made now; None: there is none."""
        return self.offer.offered if isinstance(self.offer.offered, Issued) else None

    @property
    def refusal(self) -> Refusal | None:
        return self.offer.offered if isinstance(self.offer.offered, Refusal) else None


class CardPage(msgspec.Struct, frozen=True, kw_only=True):
    """A card as anybody sees it. Who may take it back is shown how to send it: `sms` and `whatsapp` are addresses that
    open those with the sentence in it."""

    now_ms: int
    checked: Checked
    address: str
    drawn: str
    mine: bool
    sentence: str
    sms: str
    whatsapp: str


def blueprint(tries: Tries) -> Blueprint:
    """Return the pages of freshness cards; `tries` slows down whoever guesses codes."""
    pages = Blueprint("freshness", __name__)

    @pages.get("/units/<name>/freshness")
    @login_required  # type: ignore[untyped-decorator]
    def offer(name: str) -> str:
        return render_template("freshness.html", page=build(parts(), name))

    @pages.post("/units/<name>/freshness")
    @login_required  # type: ignore[untyped-decorator]
    def made(name: str) -> Answer:
        page = build(parts(), name)
        if page.card is None:
            return redirect(url_for(".offer", name=name))
        code = parts().actions.issue_card(viewer(), name, page.card, key=str(_key()))
        return redirect(url_for(".card", code=code))

    @pages.post("/cards/<code>/withdraw")
    @login_required  # type: ignore[untyped-decorator]
    def withdrawn(code: str) -> Answer:
        done = parts().actions.withdraw_card(viewer(), code)
        flash(gettext("Taken back. It does not hold any more.") if done else gettext("It was taken back before."))
        return redirect(url_for(".card", code=code))

    @pages.get("/cards")
    def asked() -> str | Answer | tuple[str, int]:
        typed = request.args.get("code", "")
        code = read_code(typed)
        if code is not None:
            return redirect(url_for(".card", code=code))
        return (render_template("codes.html", typed=typed), 404) if typed else render_template("codes.html", typed="")

    @pages.get("/cards/<code>")
    def card(code: str) -> str | Answer | tuple[str, int]:
        checked = _checked(tries, code)
        if checked is None:
            return render_template("codes.html", typed=code[:16]), 404
        return render_template("card.html", page=shown(parts(), checked))

    @pages.get("/cards/<code>/card.png")
    def image(code: str) -> Response:
        checked = _checked(tries, code)
        if checked is None or checked.holding is Holding.FALLEN:
            abort(404)
        png = parts().queries.card_picture(checked, _language(), address=address_of(checked))
        return Response(png, mimetype="image/png")

    @pages.after_request
    def unlisted(answer: Response) -> Response:
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return pages


def build(given: Parts, name: str) -> OfferPage:
    """Return the page that makes a card; `UnknownThing` where the viewer sees no such unit, or it keeps no raw milk."""
    offer = given.queries.card_offer(viewer(), name)
    if offer is None:
        raise UnknownThing(f"no milk is reckoned in {name[:64]!r}")
    return OfferPage(now_ms=given.clock.now_ms(), offer=offer, key=uuid4())


def shown(given: Parts, checked: Checked) -> CardPage:
    """Return the page of one card."""
    who, address = viewer_or_none(), address_of(checked)
    said = f"{given.queries.card_sentence(checked, _language())} {address}"
    return CardPage(
        now_ms=given.clock.now_ms(),
        checked=checked,
        address=address,
        drawn=segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True, svgclass="qr"),
        mine=who is not None and who.sees(checked.site.id),
        sentence=said,
        sms=f"sms:?body={quoted(said)}",
        whatsapp=WHATSAPP + quoted(said),
    )


def address_of(checked: Checked) -> str:
    """Return the whole address at which a card can be checked: as the settings say, else as this server was reached."""
    return f"{base()}{url_for('freshness.card', code=checked.code)}"


def _checked(tries: Tries, typed: str) -> Checked | None:
    """Return the card of a code, None where there is none; 429 where too many codes from there were wrong lately."""
    keys = (f"address {request.remote_addr or ''}",)
    if tries.must_wait(keys):
        abort(429)
    code = read_code(typed)
    found = None if code is None else parts().queries.card(code)
    if found is None:
        tries.failed(keys)
    return found


def _key() -> UUID:
    try:
        return UUID(request.form.get("key", ""))
    except ValueError:
        abort(400)


def _language() -> str:
    return request.args.get("lang") or str(get_locale())
