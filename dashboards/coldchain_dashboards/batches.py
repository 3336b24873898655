"""The batches of a unit as a sheet, for technicians and labs to take home."""

from flask import Blueprint, Response, abort, request
from flask_login import login_required

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer

LONGEST_DAYS, USUAL_DAYS = 92, 30
_DAY_MS = 86_400_000

blueprint = Blueprint("batches", __name__)


@blueprint.get("/units/<name>/milk/batches.csv")
@login_required  # type: ignore[untyped-decorator]
def download(name: str) -> Response:
    """Answer with the batches of the last `days`; 400 for more days than a quarter has.

    The sheet is made whole first, so that a store which is away is a page that says so and not half a sheet.
    """
    days = request.args.get("days", default=USUAL_DAYS, type=int)
    if not 1 <= days <= LONGEST_DAYS:
        abort(400)
    given = parts()
    now_ms = given.clock.now_ms()
    lines = given.queries.milk_batches(viewer(), name, from_ms=now_ms - days * _DAY_MS, to_ms=now_ms + 1)
    answer = Response("".join(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="batches-{name}.csv"'
    return answer
