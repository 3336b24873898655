"""`coldchain-server rules`: how good the rules are, on simulated coolers or on a recorded file."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from coldchain_app.evaluation.evaluating import GENERATORS, gathered, judged, rulesets, simulated_results
from coldchain_app.evaluation.labels import read_labels
from coldchain_app.evaluation.page import with_tables
from coldchain_app.evaluation.parameters import committed, shortened
from coldchain_app.evaluation.recording import recorded
from coldchain_app.evaluation.summary import Figures, figures
from coldchain_app.evaluation.table import Table, recorded_table, tables
from coldchain_contract.clock import utc
from coldchain_contract.settings import nearest
from coldchain_judgement.limits import Profile
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.load import builtin_profiles

_TITLES = {"first": "First generator", "second": "Second generator"}


@click.group("rules")
def command() -> None:
    """See how good the rules are."""


def _zone(_context: click.Context, _option: click.Parameter, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(f"{name!r} is no time zone such as Africa/Bamako") from error


def _profile(_context: click.Context, _option: click.Parameter, name: str) -> Profile:
    profiles = builtin_profiles()
    if name not in profiles:
        near = nearest(name, list(profiles))
        raise UnknownThing(f"no limit profile {name!r}" + (f"; did you mean {near}?" if near else ""))
    return profiles[name]


@command.command("replay")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--simulate", is_flag=True, help="Instead of a file, both generators with the committed parameters.")
@click.option("--profile", default="daily", show_default=True, callback=_profile, help="Limit profile of ours.")
@click.option("--labels", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="What went wrong in FILE.")
@click.option("--zone", default="UTC", show_default=True, callback=_zone, help="Time zone of times that state none.")
@click.option("--units", type=click.IntRange(1), help="Simulate fewer units: quicker, and not comparable.")
@click.option("--days", type=click.IntRange(1), help="Simulate fewer days: quicker, and not comparable.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option(
    "--page", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Write the tables into this page too."
)
def replay(
    *,
    file: Path | None,
    simulate: bool,
    profile: Profile,
    labels: Path | None,
    zone: ZoneInfo,
    units: int | None,
    days: int | None,
    as_json: bool,
    page: Path | None,
) -> None:
    """Judge a recorded FILE, or simulated coolers, by our rules and by plain thresholds, side by side.

    FILE is a sheet of readings that `coldchain-device export` writes, a LogTag's export, or any CSV with a time column;
    each of its columns is judged as a probe in milk. With labels it says what was detected, late, missed and false.
    """
    if simulate is (file is not None):
        raise click.UsageError("give a FILE or --simulate, and not both")
    if file is not None:
        shown, said = _recorded(file, labels=labels, zone=zone, profile=profile)
    else:
        shown, said = _simulated(profile, units=units, days=days)
    if page is not None:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), shown), encoding="utf-8")
    if as_json:
        click.echo(msgspec.json.encode(said).decode())
    else:
        click.echo("\n\n".join(table.text() for table in shown))


def _simulated(profile: Profile, *, units: int | None, days: int | None) -> tuple[list[Table], Mapping[str, object]]:
    parameters = committed()
    parameters = shortened(parameters, units=units or parameters.units, days=days or parameters.days)
    said: dict[str, list[Figures]] = {}
    for name in GENERATORS:
        with _ending_all(), click.progressbar(length=parameters.units, label=_TITLES[name], file=sys.stderr) as bar:
            results = simulated_results(name, parameters, profile, progress=lambda: bar.update(1))
        said[name] = [figures(result) for result in results]
    return [table for name, found in said.items() for table in tables(_TITLES[name], found)], said


@contextmanager
def _ending_all() -> Iterator[None]:
    """Have the command end by SIGTERM as any error ends it: else the processes it started wait for work for ever."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _recorded(
    file: Path, *, labels: Path | None, zone: ZoneInfo, profile: Profile
) -> tuple[list[Table], Mapping[str, object]]:
    traces = recorded(file, zone=zone, cases=read_labels(labels, zone=zone) if labels else None)
    scores = [judged(trace, profile) for trace in traces]
    names = [one.name for one in rulesets(profile)]
    shown = [recorded_table(file.name, traces, scores, names)]
    said: dict[str, object] = {
        "alarms": {
            trace.unit: {
                name: [{"at": utc(alarm.at_ms).isoformat(), "why": alarm.why} for alarm in score.alarms]
                for name, score in zip(names, of_all, strict=True)
            }
            for trace, of_all in zip(traces, scores, strict=True)
        }
    }
    if labels is not None:
        found = [figures(result) for result in gathered(scores, profile)]
        shown += tables(file.name, found)
        said["figures"] = found
    return shown, said
