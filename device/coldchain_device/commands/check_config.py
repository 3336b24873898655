"""`coldchain-device check-config`: every mistake at once, or the effective configuration."""

from pathlib import Path

import click

from coldchain_contract.settings import effective
from coldchain_device.loading import load_settings


@click.command("check-config")
@click.pass_obj
def command(config: Path) -> None:
    """Check device.toml and print what is in effect, secrets masked. Exits 1 where there is a mistake."""
    click.echo(effective(load_settings(config)), nl=False)
