"""`coldchain-server lab`: what laboratories take home, and how good the milk model is."""

import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

from coldchain_app.app import App
from coldchain_app.evaluation.milk.comparison import cells_table, compared, statements_table, summary_table
from coldchain_app.evaluation.milk.coverage import BATCHES, coverage_table
from coldchain_app.evaluation.milk.published import AYERS, CONN, STATEMENTS, ayers, conn
from coldchain_app.evaluation.page import with_tables
from coldchain_contract.clock import milliseconds
from coldchain_contract.settings import nearest
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.lab.sheet import batches_sheet


@click.group("lab")
def command() -> None:
    """What laboratories take home, and how good the milk model is."""


@command.command("batches")
@click.option("--from", "begins", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day, UTC.")
@click.option("--to", "ends", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day, UTC.")
@click.option("--unit", "names", multiple=True, help="Only this unit; may be given again.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="Into this file.")
@click.pass_context
def batches_of_days(
    context: click.Context, *, begins: datetime, ends: datetime, names: tuple[str, ...], output: TextIO
) -> None:
    """Write each batch of milk of some days with what it went through, as CSV.

    Every batch is followed anew from the store, by all that was told and corrected since: seconds for a unit's month.
    """
    if ends < begins:
        raise click.UsageError("--to is before --from")
    opened: Callable[[], App] = context.obj
    app = opened()
    fleet = app.fleet()
    unknown = [name for name in names if name not in fleet.units]
    if unknown:
        near = nearest(unknown[0], list(fleet.units))
        raise UnknownThing(f"no unit {unknown[0]!r} in the fleet file" + (f"; did you mean {near}?" if near else ""))
    units = [unit for unit in fleet.units.values() if not names or unit.id in names]
    from_ms, to_ms = milliseconds(begins.replace(tzinfo=UTC)), milliseconds(ends.replace(tzinfo=UTC)) + 86_400_000
    for line in batches_sheet(app.sessions(), app.store(), fleet, units, from_ms=from_ms, to_ms=to_ms):
        output.write(line)


@command.command("evaluate")
@click.option("--batches", type=click.IntRange(1), default=BATCHES, show_default=True, help="In each condition.")
@click.option(
    "--page", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Write the tables into this page too."
)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw the residuals into this SVG.")
def evaluate(*, batches: int, page: Path | None, picture: Path | None) -> None:
    """Put the milk model beside published counts, and its ranges beside milk that grows by other laws."""
    if picture is not None and importlib.util.find_spec("matplotlib") is None:
        raise BadEntry("pictures need matplotlib; install the lab's part: pip install 'coldchain[lab]'")
    checked, unchecked = compared(conn()), compared(ayers())
    tables = [
        summary_table("Published counts, in short", {CONN: checked, f"{AYERS}, unchecked": unchecked}),
        cells_table(f"{CONN}, seen in print", checked),
        statements_table("Sentences, seen in print", STATEMENTS),
        cells_table(f"{AYERS}, from memory and checked by nobody", unchecked),
        coverage_table(f"Coverage, {batches} batches in each condition", batches=batches),
    ]
    if picture is not None:
        from coldchain_app.evaluation.milk.residuals import draw  # noqa: PLC0415 - matplotlib is an extra

        draw({f"{CONN} (seen)": checked, f"{AYERS} (unchecked)": unchecked}, picture)
    if page is not None:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), tables, target="milk-page"), encoding="utf-8")
    click.echo("\n\n".join(table.text() for table in tables))
