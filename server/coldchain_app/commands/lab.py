"""`coldchain-server lab`: what laboratories take home, and how good the milk model is."""

import importlib.util
from pathlib import Path

import click

from coldchain_app.evaluation.milk.comparison import cells_table, compared, statements_table, summary_table
from coldchain_app.evaluation.milk.coverage import BATCHES, coverage_table
from coldchain_app.evaluation.milk.published import AYERS, CONN, STATEMENTS, ayers, conn
from coldchain_app.evaluation.page import with_tables
from coldchain_server.errors import BadEntry


@click.group("lab")
def command() -> None:
    """What laboratories take home, and how good the milk model is."""


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
