"""`coldchain-server check-config`: every mistake in the settings and the fleet file at once, or what they amount to."""

import tomllib
from pathlib import Path

import click

from coldchain_app.settings import ServerSettings, read_server_settings
from coldchain_contract.settings import BadSettings, Mistake, effective
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.load import builtin_profiles, load_fleet
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.write import fleet_text
from coldchain_server.notifications.channels.needs import missing_for

_USUAL_FLEET = "fleet.toml"


@click.command("check-config")
@click.option("--quiet", is_flag=True, help="Do not print the configuration where there is no mistake in it.")
@click.pass_context
def command(context: click.Context, *, quiet: bool) -> None:
    """Report every mistake in the settings file and the fleet file at once; exit 1 where there is one.

    Without mistakes, print the configuration as it takes effect, defaults included and secrets masked.
    """
    config: Path = context.find_root().params["config"]
    settings, mistakes = _read_settings(config)
    fleet, fleet_mistakes = _read_fleet(_fleet_path(config, settings))
    mistakes += fleet_mistakes
    if settings is not None and fleet is not None:
        mistakes += _unreached(settings, fleet, file=str(config))
    for mistake in mistakes:
        click.echo(str(mistake), err=True)
    if mistakes or settings is None or fleet is None:
        click.echo(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", err=True)
        context.exit(1)
    if not quiet:
        click.echo(f"# {config}\n\n{effective(settings)}")
        click.echo(f"# {settings.fleet}\n\n{fleet_text(fleet, builtin=builtin_profiles(), masked=True)}", nl=False)


def _read_settings(config: Path) -> tuple[ServerSettings | None, list[Mistake]]:
    try:
        return read_server_settings(config), []
    except BadSettings as bad:
        return None, list(bad.mistakes)


def _read_fleet(path: Path | None) -> tuple[Fleet | None, list[Mistake]]:
    if path is None:
        return None, []
    try:
        return load_fleet(path), []
    except BadSettings as bad:
        return None, list(bad.mistakes)


def _unreached(settings: ServerSettings, fleet: Fleet, *, file: str) -> list[Mistake]:
    """Return what the settings lack for ways by which the fleet file has people told, each once."""
    found: dict[str, str] = {}
    for contact in fleet.contacts:
        for address in contact.channels:
            if key := missing_for(kind_of(address), settings.notifications):
                found.setdefault(key, f"nothing, and contact {contact.id!r} is told by {kind_of(address)}")
    return [
        Mistake(file=file, key=key, found=said, allowed="what docs/guides/channels.md says of it")
        for key, said in found.items()
    ]


def _fleet_path(config: Path, settings: ServerSettings | None) -> Path | None:
    """Return where the fleet file is, even where the settings have mistakes; None where that cannot be known."""
    if settings is not None:
        return Path(settings.fleet)
    try:
        named = tomllib.loads(config.read_text(encoding="utf-8")).get("fleet", _USUAL_FLEET)
    except (OSError, ValueError):  # not there, not UTF-8 or not TOML: reported with the settings' mistakes
        return None
    return config.parent / named if isinstance(named, str) else None
