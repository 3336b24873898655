"""`coldchain-device doctor`: what is wrong, and how to mend it."""

from pathlib import Path

import click

from coldchain_device.clock import SystemClock
from coldchain_device.doctor import Grade, examine
from coldchain_device.health import Throttling
from coldchain_device.loading import load_settings

_MARKS = {Grade.GOOD: "ok   ", Grade.ADVICE: "could", Grade.WRONG: "WRONG"}


@click.command("doctor")
@click.pass_obj
def command(config: Path) -> None:
    """Examine probes, clock, card, supply and the way to the broker. Exits 1 where something is wrong."""
    settings = load_settings(config)
    found_wrong = False
    for finding in examine(settings, clock=SystemClock(has_rtc=settings.has_rtc), throttling=Throttling()):
        found_wrong = found_wrong or finding.grade is Grade.WRONG
        click.echo(f"{_MARKS[finding.grade]} {finding.what}")
        if finding.remedy:
            click.echo(f"      → {finding.remedy}")
    if found_wrong:
        raise SystemExit(1)
