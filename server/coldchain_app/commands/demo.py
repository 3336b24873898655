"""`coldchain-server demo`: the whole chain on embedded parts, with simulated coolers or a recorded file."""

import logging
import signal
import sys
import tempfile
import threading
from pathlib import Path

import click
import msgspec

from coldchain_app.demo.accounts import PASSWORD, accounts_of
from coldchain_app.demo.declared import RATE
from coldchain_app.demo.plan import DemoPlan
from coldchain_app.demo.replay import replay
from coldchain_app.demo.report import DemoReport
from coldchain_app.demo.run import Demo

_USUAL_PORT = 8080


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
@click.option("--zone", default="UTC", show_default=True, help="Time zone of the recorded file.")
def command(
    *,
    port: int,
    seconds: float | None,
    rate: float,
    seed: int,
    headless: bool,
    as_json: bool,
    recording: tuple[Path, ...],
    zone: str,
) -> None:
    """Show the whole chain: three cooperatives' coolers, live in a browser, one of which fails while you watch."""
    if headless and seconds is None and not recording:
        raise click.UsageError("--headless needs --seconds")
    # A simulated minute takes a fifth of a second here; a round that takes longer skips the next, as it should.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopping = threading.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stopping.set())
    with tempfile.TemporaryDirectory(prefix="coldchain-demo-") as folder:
        plan = DemoPlan(folder=Path(folder), port=port, seed=seed, rate=rate, seconds=seconds)
        report = (
            replay(recording, plan=plan, zone=zone, stopping=stopping)
            if recording
            else _shown(plan, stopping=stopping, headless=headless)
        )
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        _summary(report)
    if not report.complete:
        sys.exit("coldchain-server demo: not every reading taken is stored exactly once; please report this")


def _shown(plan: DemoPlan, *, stopping: threading.Event, headless: bool) -> DemoReport:
    demo = Demo(plan)
    demo.start()
    if not headless:
        _welcome(demo)
    demo.watch(stopping)
    if not headless:
        click.echo("\nStopping: letting everything flow through first…", err=True)
    return demo.finish()


def _welcome(demo: Demo) -> None:
    lines = [
        "",
        f"  Open  {demo.address}",
        "",
        f"  Sign in with the password  {PASSWORD}  as",
        *(f"    {account.name:<12} to see {account.sees}" for account in accounts_of(demo.fleet)),
        "",
        f"  A minute here is {demo.plan.rate / 60:.0f} hours there. The small cooler at Ménaka loses its compressor",
        f"  after {1800 / demo.plan.rate:.0f} seconds: the box's light changes, somebody is told, it recovers later.",
        "  The broker is embedded, on this machine only, and has no access list: it is for demos. Ctrl-C stops.",
        "",
    ]
    click.echo("\n".join(lines), err=True)


def _summary(report: DemoReport) -> None:
    latency = report.first_alert_latency_s
    told = (
        f"the first {latency:.1f} s after the reading that mattered" if latency is not None else "nobody had to be told"
    )
    click.echo(
        f"{report.readings_taken} readings taken, {report.readings_stored} stored, {report.duplicates} twice, "
        f"{report.readings_quarantined} set aside.\n"
        f"{report.incidents_opened} incidents opened, {report.incidents_resolved} resolved, "
        f"{report.notifications_sent} messages sent: {told}."
    )
