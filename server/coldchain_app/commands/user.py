"""`coldchain-server user`: the accounts of the pages."""

import getpass
from collections.abc import Callable

import click

from coldchain_app.app import App
from coldchain_server.actions import Actions
from coldchain_server.fleet.model import Role
from coldchain_server.queries.people import accounts


def _actions(app: App) -> Actions:
    return Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)


@click.group("user")
def command() -> None:
    """Add, list and remove the accounts of the pages, and change passwords."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--site", help="The one site a cooperative's account sees.")
@click.option("--language", default="fr", show_default=True, help="fr or en.")
@click.password_option()
@click.pass_obj
def add(opened: Callable[[], App], *, name: str, role: str, site: str | None, language: str, password: str) -> None:
    """Add an account. A cooperative's sees its own site only."""
    _actions(opened()).add_user(name, password, role=Role(role), site=site, language=language, who=getpass.getuser())
    click.echo(f"{name} may sign in as {role}.")


@command.command("password")
@click.argument("name")
@click.password_option()
@click.pass_obj
def password(opened: Callable[[], App], *, name: str, password: str) -> None:
    """Change a password; whoever is signed in with the old one is signed out."""
    _actions(opened()).set_password(name, password, who=getpass.getuser())
    click.echo(f"{name} has a new password.")


@command.command("remove")
@click.argument("name")
@click.pass_obj
def remove(opened: Callable[[], App], *, name: str) -> None:
    """Remove an account; what it did stays in the audit trail."""
    _actions(opened()).remove_user(name, who=getpass.getuser())
    click.echo(f"{name} may no longer sign in.")


@command.command("list")
@click.pass_obj
def list_accounts(opened: Callable[[], App]) -> None:
    """List the accounts, with what each may see."""
    with opened().sessions()() as session:
        found = accounts(session)
    for account in found:
        click.echo(f"{account.name:<20} {account.role.value:<12} {account.site or 'every site'}")
    if not found:
        click.echo("No accounts yet. Add one: coldchain-server user add NAME --role admin")
