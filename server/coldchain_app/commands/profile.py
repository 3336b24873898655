"""`coldchain-server profile`: the limits milk is judged by, as they are, as they were, and changing them."""

from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from coldchain_app.app import App
from coldchain_app.person import at_the_command_line
from coldchain_contract.clock import utc
from coldchain_judgement.errors import BadProfiles
from coldchain_judgement.limits import Profile
from coldchain_judgement.profiles import parse_profiles
from coldchain_server.actions import Actions
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet import edits
from coldchain_server.fleet.write import profiles_text

_why = click.option("--why", required=True, help="The reason, which stays in the history.")


@click.group("profile")
def command() -> None:
    """Show and change limit profiles. A change counts from the next reading on, and every one stays in the history."""


@command.command("list")
@click.pass_obj
def list_profiles(opened: Callable[[], App]) -> None:
    """List the profiles, how many units go by each, and whether it was edited."""
    app = opened()
    fleet = app.fleet()
    with app.sessions()() as session:
        for name, profile in fleet.profiles.items():
            units = sum(unit.profile == name for unit in fleet.units.values())
            changes = len(edits.history(session, name))
            click.echo(f"{name}\t{units} units\t{changes} edits\t{profile.title}")


@command.command("show")
@click.argument("name")
@click.option("--edit", "number", type=click.IntRange(min=1), help="As it was after this edit.")
@click.pass_obj
def show(opened: Callable[[], App], *, name: str, number: int | None) -> None:
    """Print a profile as a text that `edit` takes."""
    click.echo(profiles_text({name: _profile(opened(), name, number)}), nl=False)


@command.command("history")
@click.argument("name")
@click.pass_obj
def history(opened: Callable[[], App], *, name: str) -> None:
    """Print who changed a profile when and why, newest first."""
    app = opened()
    _known(app, name)
    with app.sessions()() as session:
        changes = edits.history(session, name)
    for edit in changes:
        undone = "" if edit.profile else "\tas before all edits"
        click.echo(f"{edit.number}\t{utc(edit.at_ms):%Y-%m-%d %H:%M} UTC\t{edit.who}\t{edit.why}{undone}")
    if not changes:
        click.echo(f"{name} was never edited.")


@command.command("edit")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_why
@click.pass_obj
def edit(opened: Callable[[], App], *, file: Path, why: str) -> None:
    """Let every profile in FILE be as it is there; `show` prints such a file to begin with."""
    app = opened()
    try:
        profiles = parse_profiles(file.read_text(encoding="utf-8"))
    except (BadProfiles, UnicodeDecodeError) as bad:
        raise BadEntry(f"{file}: {bad}") from bad
    for name, profile in profiles.items():
        number = _actions(app).edit_profile(at_the_command_line(), name, _table(profile), why=why)
        click.echo(f"{name} is changed, edit {number}. A running server goes by it within half a minute.")


@command.command("restore")
@click.argument("name")
@click.argument("number", type=click.IntRange(min=0))
@_why
@click.pass_obj
def restore(opened: Callable[[], App], *, name: str, number: int, why: str) -> None:
    """Let a profile be as it was after the edit NUMBER; 0 is before all edits."""
    made = _actions(opened()).restore_profile(at_the_command_line(), name, number, why=why)
    click.echo(f"{name} is as it was after edit {number}; that is edit {made}.")


def _profile(app: App, name: str, number: int | None) -> Profile:
    _known(app, name)
    if number is None:
        return app.fleet().profiles[name]
    with app.sessions()() as session:
        found = next((one for one in edits.history(session, name) if one.number == number), None)
    if found is None or found.profile is None:
        raise UnknownThing(f"profile {name!r} has no limits of an edit {number}")
    return found.profile


def _known(app: App, name: str) -> None:
    if name not in app.fleet().profiles:
        raise UnknownThing(f"no profile {name!r}: there are {', '.join(app.fleet().profiles)}")


def _table(profile: Profile) -> dict[str, object]:
    table: dict[str, object] = msgspec.to_builtins(profile)
    del table["name"]
    return table


def _actions(app: App) -> Actions:
    return Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
