"""The first page: every cooler the viewer sees, the most urgent first."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID, uuid4

import msgspec
from flask import Blueprint, render_template, request
from flask_login import login_required

from coldchain_contract.identifiers import UnitId
from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.light import Light
from coldchain_server.fleet.model import Role
from coldchain_server.queries.milk import MilkNow
from coldchain_server.queries.values import UnitNow

UNITS_A_PAGE = 12

blueprint = Blueprint("overview", __name__)


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` is of all units, `units` only those on this page; `sites` is how many places they are at. `milks` is the
    milk in them, for a cooperative: who looks after many sites sees it on a unit's own page."""

    now_ms: int
    units: tuple[UnitNow, ...]
    counts: tuple[tuple[Light, int], ...]
    sites: int
    number: int
    pages: int
    milks: Mapping[UnitId, MilkNow] = {}
    key: UUID


def build(
    units: tuple[UnitNow, ...], *, number: int, now_ms: int, milks: Mapping[UnitId, MilkNow] | None = None
) -> OverviewPage:
    """Return page `number` (from 1) of `units`, which come by urgency; a number beyond the last is the last."""
    counted = Counter(unit.light for unit in units)
    pages = max(1, -(-len(units) // UNITS_A_PAGE))
    number = min(max(1, number), pages)
    first = (number - 1) * UNITS_A_PAGE
    return OverviewPage(
        now_ms=now_ms,
        units=units[first : first + UNITS_A_PAGE],
        counts=tuple((light, counted[light]) for light in (Light.RED, Light.AMBER, Light.UNKNOWN, Light.GREEN)),
        sites=len({unit.site.id for unit in units}),
        number=number,
        pages=pages,
        milks=milks or {},
        key=uuid4(),
    )


@blueprint.get("/")
@login_required  # type: ignore[untyped-decorator]
def overview() -> str:
    given = parts()
    number = request.args.get("page", 1, type=int)
    milks = given.queries.milks(viewer()) if viewer().role is Role.COOPERATIVE else {}
    page = build(given.queries.units(viewer()), number=number, now_ms=given.clock.now_ms(), milks=milks)
    return render_template("overview.html", page=page)
