"""`coldchain-device run`: the agent, until it is told to stop."""

import signal
import threading
from pathlib import Path

import click

from coldchain_device.agent import Agent
from coldchain_device.clock import SystemClock
from coldchain_device.loading import load_settings
from coldchain_device.notify import Systemd


@click.command("run")
@click.pass_obj
def command(config: Path) -> None:
    """Sample, alarm and send until SIGTERM or Ctrl-C."""
    settings = load_settings(config)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: asked_to_stop.set())
    agent = Agent(settings, clock=SystemClock(has_rtc=settings.has_rtc), systemd=Systemd())
    try:
        agent.start()
        asked_to_stop.wait()
    finally:
        agent.stop()
