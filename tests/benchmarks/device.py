"""What a day of four probes a minute asks of a Pi: CPU, bytes to the card, memory; against SQLite and the same rows."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.device_day import BEGIN_MS, PROBES, Day
from benchmarks.figure import Amount, Figure, expect
from benchmarks.scale import Scale
from benchmarks.throughput import broker
from servers.as_on_a_pi import WITHOUT, environment
from servers.mosquitto import Mosquitto
from stand_ins.ingest import StandInIngest

_TESTS = Path(__file__).parents[1]
_PATIENCE_S = 300
MEMORY_LIMIT = Amount(40.0, "MB")
_AS_ON_A_PI = WITHOUT + "import runpy; runpy.run_module('benchmarks.device_day', run_name='__main__', alter_sys=True)"


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield what the agent spends in a process of its own, while a server confirms what it sends."""
    with broker(folder) as running:
        _agent(10, running, folder / "compiling")  # as the first start after an update does
        ours = [_agent(scale.minutes, running, folder / f"agent-{run}") for run in range(scale.runs)]
    rows = [_day("rows", scale.minutes, folder / f"rows-{run}") for run in range(scale.runs)]
    against = "SQLite alone, the same readings, one durable insert a minute"
    for what, unit, ours_each, rows_each in (
        ("CPU", "s", [one.cpu_s for one in ours], [one.cpu_s for one in rows]),
        ("written to the card", "MB", [one.written_mb for one in ours], [one.written_mb for one in rows]),
    ):
        yield Figure(
            name=f"device, a day of {len(PROBES)} probes a minute, {what}",
            ours=Amount(median(ours_each), unit),
            rival=Amount(median(rows_each), unit),
            against=against,
            note=f"{median(one.kept_mb for one in ours):.2f} MB on the card after the day" if unit == "MB" else "",
        )
    yield Figure(
        name="device, peak resident memory of the agent",
        ours=Amount(median(one.peak_mb for one in ours), "MB"),
        rival=MEMORY_LIMIT,
        against="the agent's budget, which its own tests hold, TLS and a week of backlog included",
    )


def _agent(minutes: int, running: Mosquitto, folder: Path) -> Day:
    server = StandInIngest(port=running.port, server_time_ms=BEGIN_MS)
    try:
        day = _day("agent", minutes, folder, str(running.port))
        expect("readings that reached the server", found=len(set(server.sequences())), expected=day.readings)
    finally:
        server.close()
    return day


def _day(what: str, minutes: int, folder: Path, *others: str) -> Day:
    folder.mkdir()
    command = [sys.executable, "-c", _AS_ON_A_PI, what, str(folder), str(minutes), *others]
    as_given = environment(folder.parent / "compiled")
    said = subprocess.run(
        command, cwd=_TESTS, env=as_given, stdout=subprocess.PIPE, check=True, timeout=_PATIENCE_S
    ).stdout
    day = msgspec.convert(json.loads(said), Day)
    expect(f"readings taken, {what}", found=day.readings, expected=minutes * len(PROBES))
    return day
