"""`coldchain-server demo`: the whole chain on embedded parts, with simulated coolers or a recorded file."""

import logging
import signal
import sys
import tempfile
import threading
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from coldchain_app.demo.declared import RATE
from coldchain_simulator.errors import SimulatorError

_USUAL_PORT = 8080


def _zone(_context: click.Context, _option: click.Parameter, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(f"{name!r} is no time zone such as Africa/Bamako") from error


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=_USUAL_PORT, show_default=True, help="Of the pages.")
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop by itself after so many seconds.")
@click.option("--rate", type=click.FloatRange(1, 600), default=RATE, show_default=True, help="Times as fast as real.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed is the same weather and faults.")
@click.option("--headless", is_flag=True, help="Say nothing of where to look; needs --seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print what happened as one JSON object.")
@click.option(
    "--replay",
    "recording",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Instead of simulated coolers, a CSV file with a time column; may be given several times.",
)
@click.option("--zone", default="UTC", show_default=True, callback=_zone, help="Time zone of the recorded file.")
def command(
    *,
    port: int,
    seconds: float | None,
    rate: float,
    seed: int,
    headless: bool,
    as_json: bool,
    recording: tuple[Path, ...],
    zone: ZoneInfo,
) -> None:
    """Show the whole chain: three cooperatives' coolers, live in a browser, one of which fails while you watch."""
    if headless and seconds is None and not recording:
        raise click.UsageError("--headless needs --seconds")
    # A simulated minute takes a fifth of a second here; a round that takes longer skips the next, as it should.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopping = threading.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stopping.set())
    try:
        # The demo needs more than a server: the agent, the simulator and the embedded broker.
        from coldchain_app.demo.plan import DemoPlan  # noqa: PLC0415
        from coldchain_app.demo.showing import shown, summary  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise click.ClickException(
            f"the demo needs {missing.name}, which is not installed: pip install 'coldchain[server,device,embedded]'"
        ) from missing
    with tempfile.TemporaryDirectory(prefix="coldchain-demo-") as folder:
        plan = DemoPlan(folder=Path(folder), port=port, seed=seed, rate=rate, seconds=seconds)
        try:
            report = shown(plan, recording=recording, zone=zone, stopping=stopping, headless=headless)
        except SimulatorError as error:
            raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(report).decode() if as_json else summary(report))
    if not report.complete:
        sys.exit("coldchain-server demo: not every reading taken is stored exactly once; please report this")
