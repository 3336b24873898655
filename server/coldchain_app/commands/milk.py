"""`coldchain-server milk`: the milk model on any file of temperatures."""

import importlib.util
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from coldchain_app.milk.answer import Answer, Told, answer
from coldchain_app.milk.trace import MilkTrace, read_trace
from coldchain_app.milk.words import Language, lines
from coldchain_contract.clock import utc
from coldchain_judgement.milk.kinds import Species
from coldchain_server.errors import BadEntry
from coldchain_server.sources.times import local_instant

_PICTURES = (".png", ".svg")
_TIME = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])


def _zone(_context: click.Context, _option: click.Parameter, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.BadParameter(f"{name!r} is no time zone such as Africa/Bamako") from error


def _picture(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    if file is None:
        return None
    if file.suffix.lower() not in _PICTURES:
        raise click.BadParameter(f"{file.name!r} ends neither in .png nor in .svg")
    if importlib.util.find_spec("matplotlib") is None:
        raise click.BadParameter("pictures need matplotlib; install the lab's part: pip install 'coldchain[lab]'")
    return file


@click.command("milk")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--column", help="Which column was the milk's, where there are several.")
@click.option("--age", type=click.FloatRange(0, 72), help="Hours from milking to the first row; unknown if not given.")
@click.option("--count", type=click.FloatRange(1, 1e9), help="Bacteria a ml at the first row, where they were counted.")
@click.option(
    "--species", type=click.Choice([one.value for one in Species]), default=Species.COW.value, show_default=True
)
@click.option("--zone", default="Africa/Bamako", show_default=True, callback=_zone, help="Zone of times without one.")
@click.option("--from", "begins", type=_TIME, help="Leave out what is earlier, in that zone.")
@click.option("--until", "ends", type=_TIME, help="Leave out what is later.")
@click.option("--gap", type=click.IntRange(1), default=30, show_default=True, help="Minutes from which on it is a gap.")
@click.option("--language", type=click.Choice([one.value for one in Language]), default="fr", show_default=True)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), callback=_picture, help="A .png or .svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
def command(
    *,
    file: Path,
    column: str | None,
    age: float | None,
    count: float | None,
    species: str,
    zone: ZoneInfo,
    begins: datetime | None,
    ends: datetime | None,
    gap: int,
    language: str,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Say what the milk model makes of the temperatures in FILE.

    FILE is any CSV with a time column, a device's sheet or a LogTag's export; its first row is when the milk was poured
    in. The answer is for technicians and labs: a range, never one number.
    """
    trace = read_trace(
        file,
        zone=zone,
        column=column,
        from_ms=local_instant(begins, zone) if begins else None,
        until_ms=local_instant(ends, zone) if ends else None,
    )
    for line in trace.wrong_in_short():
        click.echo(line, err=True)
    told = Told(age_h=age, count=count, species=Species(species), zone=zone, longest_gap_s=60 * gap)
    given, spoken = answer(trace, told), Language(language)
    if as_json:
        click.echo(msgspec.json.encode(_said(trace, given)).decode())
    else:
        for line in lines(given, spoken, zone=zone, celsius=trace.readings[-1][1]):
            click.echo(line)
    if picture is not None:
        _draw(given, trace, picture, spoken)


def _draw(given: Answer, trace: MilkTrace, picture: Path, language: Language) -> None:
    from coldchain_app.milk.picture import draw  # noqa: PLC0415 - matplotlib is an extra, and slow to load

    try:
        draw(given, trace.readings, picture, language)
    except OSError as error:
        raise BadEntry(f"{picture}: cannot be written ({error.strerror}); name a file in a folder of yours") from error


def _said(trace: MilkTrace, given: Answer) -> dict[str, object]:
    """Return the answer as JSON: hours that are never reached are null."""
    return {
        "file": trace.file,
        "column": trace.column,
        "readings": len(trace.readings),
        "not_used": list(trace.wrong),
        "begins": utc(given.begins_ms).isoformat(),
        "ends": utc(given.ends_ms).isoformat(),
        "exposure": msgspec.to_builtins(given.exposed),
        "log10_at_end": None if given.range is None else msgspec.to_builtins(given.range.log10[-1]),
        "hours_to_1e6": None if given.range is None else msgspec.to_builtins(given.range.use),
        "hours_to_1e7": None if given.range is None else msgspec.to_builtins(given.range.spoil),
        "because": given.because.value,
        "action": given.advice.action.value,
        "by": given.advice.when.value,
        "capped_at_24_hours": given.capped,
    }
