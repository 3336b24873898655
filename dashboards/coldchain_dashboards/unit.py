"""One unit: how it stands, its curve, its probes, its incidents."""

from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, render_template, request
from flask_login import login_required

from coldchain_dashboards.boxes import ON_THE_PAGE
from coldchain_dashboards.chart import Chart, draw
from coldchain_dashboards.parts import Parts, parts
from coldchain_dashboards.people import viewer
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.queries import Span
from coldchain_server.queries.boxes import BoxNow
from coldchain_server.queries.milk import MilkNow
from coldchain_server.queries.values import UnitStory
from coldchain_server.viewer import Viewer

blueprint = Blueprint("unit", __name__)


class UnitPage(msgspec.Struct, frozen=True, kw_only=True):
    """`chart` None is a curve that cannot be read now; everything else comes from the ledger and is still shown.

    `boxes` is empty for who tends none; `milk` None of a unit that keeps no raw milk.
    """

    now_ms: int
    story: UnitStory
    span: Span
    chart: Chart | None
    boxes: tuple[BoxNow, ...]
    milk: MilkNow | None
    key: UUID


def build(given: Parts, viewer: Viewer, name: str, span: Span) -> UnitPage:
    """Return the page of one unit; `UnknownThing` where the viewer sees none of that name."""
    story = given.queries.unit(viewer, name)
    try:
        chart = draw(given.queries.curve(viewer, name, span), story.now.site.zone)
    except (StoreUnavailable, StoreRefused):
        chart = None
    boxes = given.queries.boxes(viewer, name)
    return UnitPage(
        now_ms=given.clock.now_ms(),
        story=story,
        span=span,
        chart=chart,
        boxes=boxes,
        milk=given.queries.milk(viewer, name),
        key=uuid4(),
    )


def span_asked(text: str | None) -> Span:
    """Return the span named in the address, a day where it names none."""
    return next((span for span in Span if span.value == text), Span.HOURS_24)


@blueprint.get("/units/<name>")
@login_required  # type: ignore[untyped-decorator]
def unit(name: str) -> str:
    page = build(parts(), viewer(), name, span_asked(request.args.get("span")))
    return render_template("unit.html", page=page, spans=Span, asked_here=ON_THE_PAGE)
