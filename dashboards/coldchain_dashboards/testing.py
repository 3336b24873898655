"""Testing the milk of a cooler: which test, what it showed and when, told by whoever did it, taken back where wrong."""

import math
from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from coldchain_dashboards import texts
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.errors import BadTest
from coldchain_judgement.milk.events import Tested
from coldchain_judgement.milk.kinds import Look, QualityTest
from coldchain_judgement.milk.testing import SCALES, Scale, entered, is_unusual
from coldchain_server.actions import MilkTold
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.milk.rows import Entry
from coldchain_server.queries.milk import MilkNow
from coldchain_server.viewer import Viewer

AT_THE_COOLER = (
    QualityTest.LOOK_AND_SMELL,
    QualityTest.CLOT_ON_BOILING,
    QualityTest.ALCOHOL,
    QualityTest.ACIDITY,
    QualityTest.DENSITY,
    QualityTest.TEMPERATURE,
    QualityTest.METHYLENE_BLUE,
)
IN_A_LAB = tuple(one for one in QualityTest if one not in (*AT_THE_COOLER, QualityTest.OTHER))
AGO_HOURS = (0, 1, 2, 3, 6, 12, 24, 48, 72, 120, 168)
"""How long ago milk was tested, or sampled: chosen, because a time that is typed is one more thing to err in."""

blueprint = Blueprint("testing", __name__)


class TestingPage(msgspec.Struct, frozen=True, kw_only=True):
    """The tests there are, or the form of one of them; `typed` is what a refused form was sent with, `wrong` why, in
    the server's words. `told` are the tests that may still be corrected, newest first."""

    now_ms: int
    milk: MilkNow
    told: tuple[Entry, ...]
    key: UUID
    of: QualityTest | None = None
    typed: "MultiDict[str, str]" = msgspec.field(default_factory=MultiDict)
    wrong: str = ""

    @property
    def scale(self) -> Scale | None:
        """Return what the test can show, None where it is passed or not."""
        return None if self.of is None else SCALES.get(self.of)


@blueprint.get("/units/<name>/test")
@login_required  # type: ignore[untyped-decorator]
def page(name: str) -> str:
    return _shown(parts(), viewer(), name, of=_named(request.args.get("of")))


@blueprint.post("/units/<name>/test")
@login_required  # type: ignore[untyped-decorator]
def told(name: str) -> Response | tuple[str, int]:
    given, who, form = parts(), viewer(), request.form
    test = _named(form.get("of"))
    if test is None:
        abort(400)
    try:
        event = _event(form, test, now_ms=given.clock.now_ms())
        told = MilkTold(key=str(_key(form)), unit=name, event=event, who=who.name, channel="page")
        if given.actions.tell_milk(who, told) is not None:
            _answer(given, who, name, event)
    except (BadEntry, BadTest) as wrong:
        return _shown(given, who, name, of=test, typed=form, wrong=str(wrong)), 422
    return redirect(url_for("milk.page", name=name))


@blueprint.post("/units/<name>/test/undo")
@login_required  # type: ignore[untyped-decorator]
def undo(name: str) -> Response:
    number = request.form.get("number", type=int)
    if number is None:
        abort(400)
    undone = parts().actions.take_milk_back(viewer(), number, channel="page")
    flash(gettext("Undone. It does not count.") if undone else gettext("It was undone before."))
    return redirect(url_for("testing.page", name=name))


def _shown(
    given: Parts,
    who: Viewer,
    name: str,
    *,
    of: QualityTest | None,
    typed: "MultiDict[str, str] | None" = None,
    wrong: str = "",
) -> str:
    """Return the page; `UnknownThing` where the viewer sees no such unit, or it keeps no raw milk."""
    milk = given.queries.milk(who, name)
    if milk is None:
        raise UnknownThing(f"no milk is reckoned in {name[:64]!r}")
    shown = TestingPage(
        now_ms=given.clock.now_ms(),
        milk=milk,
        told=given.queries.tests(who, name),
        key=uuid4(),
        of=of,
        typed=typed or MultiDict(),
        wrong=wrong,
    )
    lists = {"at_the_cooler": AT_THE_COOLER, "in_a_lab": IN_A_LAB, "ago_hours": AGO_HOURS, "looks": tuple(Look)}
    return render_template("testing.html", page=shown, **lists)


def _named(text: str | None) -> QualityTest | None:
    """Return the test of that name; None where none is named, 404 where there is no such test."""
    if not text:
        return None
    test = QualityTest(text)
    if test is QualityTest.OTHER:
        abort(404)
    return test


def _key(form: "MultiDict[str, str]") -> UUID:
    try:
        return UUID(form.get("key", ""))
    except ValueError:
        abort(400)


def _event(form: "MultiDict[str, str]", test: QualityTest, *, now_ms: int) -> Tested:
    """Return what the form says; `BadTest` for what cannot be, `BadEntry` for no number, 400 for no form of ours."""
    ago, shown = form.get("ago", type=int), form.get("shown", "")
    looks = {one.value: one for one in Look}
    if ago not in AGO_HOURS or (test not in SCALES and shown not in {"passed", "failed", *looks}):
        abort(400)
    return entered(
        test,
        at_ms=now_ms - ago * 3_600_000,
        failed=shown == "failed",
        value=_number(form, "value"),
        percent=_number(form, "percent"),
        look=looks.get(shown),
        celsius=_number(form, "celsius"),
    )


def _number(form: "MultiDict[str, str]", field: str) -> float | None:
    """Return a number as people write it; None where nothing was written."""
    text = form.get(field, "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise BadEntry(gettext("%(text)s is no number, such as 17.5", text=form.get(field, "")[:20]))
    return number


def _answer(given: Parts, who: Viewer, name: str, event: Tested) -> None:
    """Say what the test means for the milk; inside the curfew, to stay at home."""
    if event.failed:
        flash(gettext("Noted. A test refused this milk: not for drinking, not for selling, not for children."))
    elif is_unusual(event):
        flash(gettext("Noted. That is unusual: test it again."))
    else:
        flash(gettext("Noted. A test that was passed makes no time longer."))
    milk = given.queries.milk(who, name)
    if milk is not None and milk.advice.stay_inside:
        flash(texts.STAY_INSIDE)
