"""What a demo shows on the terminal: where to look, how it went."""

import threading
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from coldchain_app.demo.accounts import PASSWORD, accounts_of
from coldchain_app.demo.plan import DemoPlan
from coldchain_app.demo.replay import replay
from coldchain_app.demo.report import DemoReport
from coldchain_app.demo.run import Demo


def shown(
    plan: DemoPlan, *, recording: Sequence[Path], zone: ZoneInfo, stopping: threading.Event, headless: bool
) -> DemoReport:
    """Show the simulated coolers, or the recorded files where there are any, until the end; return what happened."""
    if recording:
        progress = _say_nothing if headless else _say_progress
        return replay(recording, plan=plan, zone=zone, stopping=stopping, progress=progress)
    return _watched(plan, stopping=stopping, headless=headless)


def _watched(plan: DemoPlan, *, stopping: threading.Event, headless: bool) -> DemoReport:
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


def summary(report: DemoReport) -> str:
    """Say in two sentences what happened."""
    latency = report.first_alert_latency_s
    told = (
        f"the first {latency:.1f} s after the reading that mattered" if latency is not None else "nobody had to be told"
    )
    return (
        f"{report.readings_taken} readings taken, {report.readings_stored} stored, {report.duplicates} twice, "
        f"{report.readings_quarantined} set aside.\n"
        f"{report.incidents_opened} incidents opened, {report.incidents_resolved} resolved, "
        f"{report.notifications_sent} messages sent: {told}."
    )


def _say_progress(done: int, rows: int) -> None:
    click.echo(f"{done} of {rows} rows played", err=True)


def _say_nothing(_done: int, _rows: int) -> None:
    """Keep quiet, for whoever reads the report only."""
