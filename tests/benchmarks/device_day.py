"""`python -m benchmarks.device_day agent|rows FOLDER MINUTES [PORT]`: pass a day in this process, say what it took."""

import logging
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_device.agent import Agent
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings, UnitSettings
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree

PROBES = tuple(urn_of_kernel_name(f"28-{number:012x}") for number in range(1, 5))
BEGIN_MS, MINUTE_MS = 1_790_000_000_000, 60_000
_REPORT_MINUTES = 10
_CELSIUS = 4.0625
_COOLER = UnitId("cooler-1")
_MEGABYTE = 1e6


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What a day took. `written_mb` is what was handed to the disk, pages counted whole; `kept_mb` what lies there."""

    readings: int
    cpu_s: float
    written_mb: float
    kept_mb: float
    peak_mb: float


class DaysClock(SetClock):
    """Set by hand. Once `in_field`, waits last as long as there: reports come when they are asked for, not before."""

    in_field = False

    def wall_seconds(self, span_seconds: float) -> float:
        return span_seconds if self.in_field else 0.0


def agent_day(folder: Path, minutes: int, port: int) -> Day:
    """Sample each minute, and report every ten until the server has confirmed it all, as an agent in the field does."""
    tree = W1Tree(folder / "w1", staging=folder / "staging")
    for probe in PROBES:
        tree.show(probe, shown_value(_CELSIUS))
    clock = DaysClock(BEGIN_MS)
    agent = Agent(_settings(folder, port), clock=clock)

    def pass_day() -> None:
        for minute in range(1, minutes + 1):
            clock.set(BEGIN_MS + minute * MINUTE_MS)
            agent.sample()
            if minute % _REPORT_MINUTES == 0 and not agent.flush():
                sys.exit("the server did not confirm in time")

    agent.start()
    clock.in_field = True
    try:
        cpu_s, written_mb = _taken(pass_day)
        return _day(
            folder / "data", readings=agent.outbox.extent().highest_sequence, cpu_s=cpu_s, written_mb=written_mb
        )
    finally:
        agent.stop()


def rows_day(folder: Path, minutes: int) -> Day:
    """Insert the same readings into the least table that could hold them, as durably."""
    connection = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE reading (sequence INTEGER PRIMARY KEY, probe TEXT, at_ms INTEGER, value REAL)")

    def pass_day() -> None:
        for minute in range(1, minutes + 1):
            at_ms = BEGIN_MS + minute * MINUTE_MS
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO reading (probe, at_ms, value) VALUES (?, ?, ?)",
                [(probe, at_ms, _CELSIUS) for probe in PROBES],
            )
            connection.execute("COMMIT")

    cpu_s, written_mb = _taken(pass_day)
    (readings,) = connection.execute("SELECT count(*) FROM reading").fetchone()
    day = _day(folder, readings=readings, cpu_s=cpu_s, written_mb=written_mb)
    connection.close()
    return day


def _settings(folder: Path, port: int) -> DeviceSettings:
    return DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-0"),
        data_folder=folder / "data",
        w1_folder=folder / "w1",
        mqtt=MqttSettings(host="127.0.0.1", port=port),
        placements=tuple(PlacementSettings(probe=probe, unit=_COOLER) for probe in PROBES),
        units={_COOLER: UnitSettings(profile="daily")},
        outputs=OutputSettings(console=False),
    )


def _taken(pass_day: Callable[[], None]) -> tuple[float, float]:
    """Return the CPU seconds of this process and the megabytes it made the disk take."""
    cpu_s, written = time.process_time(), _written_bytes()
    pass_day()
    return time.process_time() - cpu_s, (_written_bytes() - written) / _MEGABYTE


def _day(data: Path, *, readings: int, cpu_s: float, written_mb: float) -> Day:
    kept = sum(file.stat().st_size for file in data.iterdir())
    peak_kib = int(_proc("status", "VmHWM:").removesuffix("kB"))
    return Day(
        readings=readings,
        cpu_s=cpu_s,
        written_mb=written_mb,
        kept_mb=kept / _MEGABYTE,
        peak_mb=peak_kib * 1024 / _MEGABYTE,
    )


def _written_bytes() -> int:
    """Return what this process has caused to be sent to the disk, as the kernel counts it."""
    return int(_proc("io", "write_bytes:"))


def _proc(file: str, key: str) -> str:
    lines = Path("/proc/self", file).read_text().splitlines()
    return next(line.removeprefix(key).strip() for line in lines if line.startswith(key))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _, what, where, asked, *port = sys.argv
    passed = agent_day(Path(where), int(asked), int(port[0])) if what == "agent" else rows_day(Path(where), int(asked))
    sys.stdout.write(msgspec.json.encode(passed).decode())
