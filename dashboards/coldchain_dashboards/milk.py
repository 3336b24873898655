"""The milk in a cooler: what to do with it now, and what is told of it by one touch on a picture."""

from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from coldchain_dashboards.milk_chart import MilkChart, draw
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.milk.events import Emptied, Event, MilkIn, Processed, Sold
from coldchain_judgement.milk.kinds import Milked, Process, Species
from coldchain_server.actions import MilkTold
from coldchain_server.errors import BadEntry, StoreRefused, StoreUnavailable, UnknownThing
from coldchain_server.fleet.model import Unit
from coldchain_server.queries.milk import MilkNow
from coldchain_server.viewer import Viewer

blueprint = Blueprint("milk", __name__)


class MilkPage(msgspec.Struct, frozen=True, kw_only=True):
    """The milk in one unit, with the others that it may be moved to. `key` names what is told next, however often it
    is sent; `wrong` is why something was not taken, in the server's words. `chart` None: there is nothing to draw."""

    now_ms: int
    milk: MilkNow
    others: tuple[Unit, ...]
    key: UUID
    chart: MilkChart | None = None
    wrong: str = ""


def build(given: Parts, who: Viewer, name: str, *, wrong: str = "") -> MilkPage:
    """Return the page; `UnknownThing` where the viewer sees no such unit, or it keeps no raw milk."""
    milk = given.queries.milk(who, name)
    if milk is None:
        raise UnknownThing(f"no milk is reckoned in {name[:64]!r}")
    others = tuple(one.unit for one in given.queries.milks(who).values() if one.unit.id != milk.unit.id)
    return MilkPage(
        now_ms=given.clock.now_ms(),
        milk=milk,
        others=others,
        key=uuid4(),
        chart=_chart(given, who, milk),
        wrong=wrong,
    )


def _chart(given: Parts, who: Viewer, milk: MilkNow) -> MilkChart | None:
    """Return the picture of what the milk may be by now; None for a cooperative, where nothing can be told, or while
    the readings cannot be read."""
    try:
        found = given.queries.milk_range(who, milk.unit.id)
    except (StoreUnavailable, StoreRefused):
        return None
    return None if found is None else draw(found, milk.site.zone)


@blueprint.get("/units/<name>/milk")
@login_required  # type: ignore[untyped-decorator]
def page(name: str) -> str:
    return render_template("milk.html", page=build(parts(), viewer(), name))


@blueprint.post("/units/<name>/milk")
@login_required  # type: ignore[untyped-decorator]
def told(name: str) -> Response | tuple[str, int]:
    given, who = parts(), viewer()
    try:
        number = _tell(given, who, name)
    except BadEntry as wrong:
        return render_template("milk.html", page=build(given, who, name, wrong=str(wrong))), 422
    if number:
        flash(gettext("Noted."))
    return redirect(url_for("milk.page", name=name))


@blueprint.post("/units/<name>/milk/undo")
@login_required  # type: ignore[untyped-decorator]
def undo(name: str) -> Response:
    undone = parts().actions.take_milk_back(viewer(), _number(request.form), channel="page")
    flash(gettext("Undone. It does not count.") if undone else gettext("It was undone before."))
    return redirect(url_for("milk.page", name=name))


def _tell(given: Parts, who: Viewer, name: str) -> bool:
    """Tell what the form says; False where it was told before. `BadEntry` with the reason, 400 for no form of ours."""
    form = request.form
    try:
        key = UUID(form.get("key", ""))
    except ValueError:
        abort(400)
    event = _event(form, at_ms=given.clock.now_ms())
    told = MilkTold(key=str(key), unit=name, event=event, who=who.name, channel="page")
    if "target" in form:
        return given.actions.move_milk(who, told, target=form["target"], litres=_litres(form))
    return given.actions.tell_milk(who, told) is not None


def _event(form: "MultiDict[str, str]", *, at_ms: int) -> Event:
    """Return what a button says: each has a name of its own."""
    try:
        if "milked" in form:
            species = Species(form["species"]) if form.get("species") else None
            return MilkIn(at_ms=at_ms, milked=Milked(form["milked"]), species=species, litres=_litres(form))
        if "process" in form:
            return Processed(at_ms=at_ms, process=Process(form["process"]))
    except ValueError:
        abort(400)
    if "sold" in form:
        return Sold(at_ms=at_ms, litres=_litres(form))
    if "emptied" not in form and "target" not in form:
        abort(400)
    return Emptied(at_ms=at_ms)


def _litres(form: "MultiDict[str, str]") -> float | None:
    """Return litres as people type them; None where none are."""
    text = form.get("litres", "").strip().replace(",", ".")
    try:
        return float(text) if text else None
    except ValueError:
        raise BadEntry(gettext("%(text)s is no number of litres, such as 20", text=text[:20])) from None


def _number(form: "MultiDict[str, str]") -> int:
    number = form.get("number", type=int)
    if number is None:
        abort(400)
    return number
