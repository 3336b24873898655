"""`coldchain-server lab`: what laboratories take home, what tests teach, and how good the milk model is."""

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
from coldchain_app.person import at_the_command_line
from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId
from coldchain_contract.settings import nearest
from coldchain_judgement.milk.offset import LEAST_BATCHES, effects
from coldchain_server.actions import Actions, Decision
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.lab.learning import Lesson, keep, learn
from coldchain_server.lab.sheet import batches_sheet


@click.group("lab")
def command() -> None:
    """What laboratories take home, what tests teach, and how good the milk model is."""


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


@command.command("learn")
@click.argument("name", metavar="SITE")
@click.option("--go-by", is_flag=True, help="Have the server and the boxes go by what the tests teach.")
@click.option("--withdraw", is_flag=True, help="Have them go by nothing of the site's own.")
@click.option("--why", default="", help="The reason, which stays in the history.")
@click.pass_obj
def learn_a_site(opened: Callable[[], App], *, name: str, go_by: bool, withdraw: bool, why: str) -> None:
    """Reckon now what the quality tests of SITE teach of how its milk begins: tenths of a second for each test."""
    if go_by and withdraw:
        raise click.UsageError("--go-by and --withdraw exclude each other")
    app = opened()
    site, now_ms = SiteId(name), app.clock.now_ms()
    if site not in app.fleet().sites:
        raise UnknownThing(f"no site {name!r} in the fleet file: there are {', '.join(app.fleet().sites)}")
    with app.sessions()() as session:
        now = learn(session, app.store(), app.fleet(), site, now_ms=now_ms)
    with app.sessions().begin() as session:
        keep(session, site, now)
    click.echo(_taught(now.lesson))
    if go_by or withdraw:
        if go_by and now.lesson.learnt is None:
            raise BadEntry("there are too few tested batches to go by")
        actions = Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
        decision = Decision(site=name, seen=now.lesson.learnt if go_by else None, why=why)
        number = actions.decide_offset(at_the_command_line(), decision)
        click.echo(f"Entry {number} of {name}. A running server goes by it within half a minute.")


def _taught(lesson: Lesson) -> str:
    lines = [f"{lesson.batches} of {LEAST_BATCHES} tested batches; {lesson.left_out} tests say nothing."]
    learnt = lesson.learnt
    if learnt is None:
        return lines[0]
    lines.append(f"Milk begins {learnt.log10:+.2f} log10; the tests leave {learnt.low:+.2f} to {learnt.high:+.2f}.")
    lines.append("More than a day may be said." if learnt.tested else "Never more than a day is said.")
    lines.append("Hours until 10^6 a ml at worst, of milk just milked, without and with it:")
    for one in effects(learnt.log10):
        lines.append(f"  {one.celsius:>4g} °C {one.before.earliest:>6.1f} {one.after.earliest:>6.1f}")
    return "\n".join(lines)


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
