"""`coldchain-device run`: the agent, until it is told to stop."""

from pathlib import Path

import click

from coldchain_device.agent import Agent
from coldchain_device.clock import SystemClock
from coldchain_device.loading import load_settings
from coldchain_device.notify import Systemd
from coldchain_device.stopping import stop_signals


@click.command("run")
@click.pass_obj
def command(config: Path) -> None:
    """Sample, alarm and send until SIGTERM or Ctrl-C."""
    settings = load_settings(config)
    with stop_signals() as wait_for_one:
        agent = Agent(settings, clock=SystemClock(has_rtc=settings.has_rtc), systemd=Systemd())
        try:
            agent.start()
            wait_for_one()
        finally:
            agent.stop()
