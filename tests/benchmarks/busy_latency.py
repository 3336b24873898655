"""From a reading taken beyond a limit to its incident committed, while a hundred devices send a week of backlog."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from benchmarks.backlog import publisher
from benchmarks.breaches import Breaches
from benchmarks.draining import Draining, draining
from benchmarks.figure import Amount, Figure, expect
from benchmarks.ingesters.ingester import Places, Running
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import MINUTE_MS, PROBES_A_DEVICE, large_fleet, packs
from benchmarks.latency import AMINATA, AT_ONCE
from benchmarks.scale import Scale
from benchmarks.spending import quantile
from benchmarks.stream import await_listening, prepared, watched
from benchmarks.throughput import broker
from coldchain_app.server import STAGES
from coldchain_device.uplink.packing import READINGS_A_PACK
from servers.influxdb import Influxdb

_DAY_MINUTES = 1440
_DRAINED_S = 1800.0
REQUIRED = Amount(2000.0, "ms")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from each breach to its incident without backlog and with; readings a second at which that drained."""

    alone_s: list[float]
    busy_s: list[float]
    drained_rate: float


class Piled(msgspec.Struct, frozen=True, kw_only=True):
    """What each of so many devices has not been able to send, from an instant on."""

    devices: int
    packs_each: int
    from_ms: int

    @property
    def readings(self) -> int:
        return self.devices * self.packs_each * READINGS_A_PACK


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield median and 99th percentile of the breaches, beside those without backlog and beside what is required."""
    measured = _measured(scale, folder)
    days = scale.backlog_minutes / _DAY_MINUTES
    name = f"taken to incident committed while {scale.backlog_devices} devices drain {days:.2g} days each"
    for words, share in (("median", 0.5), ("99th percentile", 0.99)):
        yield Figure(
            name=f"{name}, {words}",
            ours=_quantile(measured.busy_s, share),
            rival=_quantile(measured.alone_s, share),
            against="the same without backlog",
        )
    yield Figure(
        name=f"{name}, 99th percentile",
        ours=_quantile(measured.busy_s, 0.99),
        rival=REQUIRED,
        against="required",
        note=f"{len(measured.busy_s)} breaches; the backlog drained at {measured.drained_rate:,.0f} readings/s",
    )


def _quantile(seconds: list[float], share: float) -> Amount:
    return Amount(quantile(seconds, share) * 1000, "ms")


def _measured(scale: Scale, folder: Path) -> Measured:
    piled = Piled(
        devices=scale.backlog_devices,
        packs_each=-(-scale.backlog_minutes * PROBES_A_DEVICE // READINGS_A_PACK),
        from_ms=time.time_ns() // 1_000_000 - (scale.backlog_minutes + _DAY_MINUTES) * MINUTE_MS,
    )
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()
    with ExitStack() as ending:
        ending.callback(influxdb.server.stop)
        port = ending.enter_context(broker(folder)).port
        places = prepared(folder=folder / "server", broker_port=port, influxdb=influxdb)
        ending.callback(_server(places, piled).stop)
        backlog = ending.enter_context(
            draining(port, devices=piled.devices, packs_each=piled.packs_each, from_ms=piled.from_ms)
        )
        breaches = Breaches(places.folder / "server", ending.enter_context(publisher(port)))
        ending.callback(breaches.close)
        return _without_and_with(backlog, breaches, piled, places)


def _server(places: Places, piled: Piled) -> Running:
    """Start the server with every stage, and wait until it listens; who is heard first has no backlog."""
    began_ms = piled.from_ms - _DAY_MINUTES * MINUTE_MS
    fleet = large_fleet(piled.devices + 1, profile=AT_ONCE, contacts=(AMINATA,), from_ms=began_ms)
    running = Running(ours(places, fleet=fleet, enrolled_ms=began_ms, only=",".join(STAGES)))
    await_listening(
        running.ingester, (piled.devices, next(packs(piled.devices, count=1, readings=1, from_ms=began_ms)))
    )
    return running


def _without_and_with(backlog: Draining, breaches: Breaches, piled: Piled, places: Places) -> Measured:
    """Let every device's one cooler be too hot, and then, for as long as backlog drains, its other."""
    alone_s = [breaches.breach(device, cooler=0) for device in range(piled.devices)]
    began_s = time.perf_counter()
    backlog.begin()
    busy_s: list[float] = []
    while len(busy_s) < piled.devices and (backlog.goes_on or breaches.packs_waiting() > 0):
        busy_s.append(breaches.breach(len(busy_s), cooler=1))
    expect("devices that sent their backlog", found=backlog.await_drained(within_s=_DRAINED_S), expected=True)
    expected = 1 + breaches.count + piled.readings
    looks = watched(places, before=0, expected=expected, quiet_s=30)
    expect("readings stored", found=looks[-1][1], expected=expected)
    return Measured(alone_s=alone_s, busy_s=busy_s, drained_rate=piled.readings / (time.perf_counter() - began_s))
