"""A recorded file as traces: our own sheet, a LogTag's export, or any table with a time column."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from coldchain_app.evaluation.traces import Case, Heard, Trace
from coldchain_contract.errors import BadSheet
from coldchain_contract.readings import Quality
from coldchain_contract.sheet import SheetRow, is_sheet, read_sheet
from coldchain_server.errors import BadEntry
from coldchain_server.sources import logtag
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.times import local_instant
from coldchain_simulator.errors import BadRecording
from coldchain_simulator.replay import Replay
from coldchain_simulator.table import BadCell

_HEAD_BYTES = 4096
_COOLER = "recorded"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: the readings of each probe or column, in order; and the cells that could not be used."""

    readings: dict[str, list[Heard]]
    wrong: tuple[BadCell, ...] = ()


def recording(file: Path, *, zone: ZoneInfo) -> Recording:
    """Return what a file holds; `zone` is that of times that state none. `BadEntry` where it cannot be read."""
    heard, wrong = _heard(file, zone)
    return Recording(readings={name: _in_order(heard[name]) for name in sorted(heard)}, wrong=wrong)


def recorded(file: Path, *, zone: ZoneInfo, cases: dict[str, tuple[Case, ...]] | None = None) -> list[Trace]:
    """Return each probe or column of a file as a trace, in order of name, with its labels among `cases`.

    `zone` is that of times that state none. `BadEntry` where the file cannot be read, or a label names no probe of it.
    """
    labels = cases or {}
    heard = recording(file, zone=zone).readings
    strange = sorted(labels.keys() - heard.keys())
    if strange:
        raise BadEntry(
            f"labels name {', '.join(strange)}, which {file.name} has not; it has {', '.join(sorted(heard))}"
        )
    return [
        Trace(unit=name, cooler=_COOLER, readings=readings, cases=labels.get(name, ()))
        for name, readings in heard.items()
    ]


def _heard(file: Path, zone: ZoneInfo) -> tuple[dict[str, list[Heard]], tuple[BadCell, ...]]:
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if is_sheet(head.decode("utf-8", "replace")):
            return _of_sheet(file), ()
        if logtag.recognises(head):
            return _of_logtag(file, zone), ()
        return _of_table(file, zone)
    except BadRecording as error:
        raise BadEntry(str(error)) from error  # it names the file
    except (OSError, BadSheet, NotUnderstood) as error:
        raise BadEntry(f"{file.name}: {error}") from error


def _of_sheet(file: Path) -> dict[str, list[Heard]]:
    heard: dict[str, list[Heard]] = defaultdict(list)
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        for row in read_sheet(lines):
            if isinstance(row, SheetRow):
                reading = row.reading
                heard[reading.probe].append(Heard(reading.at_ms, reading.value, reading.quality))
    return heard


def _of_logtag(file: Path, zone: ZoneInfo) -> dict[str, list[Heard]]:
    read = logtag.read_logtag(file.read_bytes())
    return {read.serial or file.stem: [Heard(local_instant(one.at, zone), one.celsius) for one in read.readings]}


def _of_table(file: Path, zone: ZoneInfo) -> tuple[dict[str, list[Heard]], tuple[BadCell, ...]]:
    replay = Replay(file, zone=zone)
    names = {probe: column for column, probe in replay.probes.items()}
    heard: dict[str, list[Heard]] = defaultdict(list)
    for row in replay.rows():
        for probe, celsius in row.values.items():
            heard[names[probe]].append(Heard(row.at_ms, celsius, Quality.OK))
    return heard, replay.bad_cells


def _in_order(readings: Iterable[Heard]) -> list[Heard]:
    """Return readings in order of their instants, of several at one instant the first."""
    first: dict[int, Heard] = {}
    for one in readings:
        first.setdefault(one.at_ms, one)
    return [first[at_ms] for at_ms in sorted(first)]
