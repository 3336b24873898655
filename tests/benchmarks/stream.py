"""A stream of packs through one ingester, flat out: how fast, for how much CPU, and what is missing after."""

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks.flood import flooded, packets
from benchmarks.ingesters import counting
from benchmarks.ingesters.ingester import Ingester, Places, Running
from benchmarks.large_fleet import MINUTE_MS, PROBES_A_DEVICE, packs
from benchmarks.throughput import broker
from coldchain_contract.pack import Pack
from servers.influxdb import Influxdb
from servers.process import eventually

DEVICES = 50
_LOOK_EVERY_S, _READY_S, _QUIET_S = 0.05, 60.0, 8.0
_LOOKS_THAT_TELL = 4

Sent = tuple[int, Pack]
"""A device's number and a pack of it."""

Made = Callable[[Places], Ingester]
Look = tuple[float, int]
"""An instant (seconds) and how many readings were stored by then."""


class Through(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a stream: readings a second, CPU and memory of all the ingester's processes, readings missing."""

    rate: float
    cpu_s: float
    peak_mib: float
    missing: int


def stream_of(count: int, *, readings: int = 1) -> list[Sent]:
    """Return packs of so many readings each, the devices taking turns, the last taken a minute ago or two."""
    each = -(-count // DEVICES)
    from_ms = time.time_ns() // 1_000_000 - (each * readings // PROBES_A_DEVICE + 2) * MINUTE_MS
    by_device = [list(packs(device, count=each, readings=readings, from_ms=from_ms)) for device in range(DEVICES)]
    return [(device, by_device[device][turn]) for turn in range(each) for device in range(DEVICES)][:count]


def readings_of(sent: Sequence[Sent]) -> int:
    """Return how many readings all packs hold."""
    return sum(len(pack.readings) for _, pack in sent)


def begun_ms(sent: Sequence[Sent]) -> int:
    """Return an instant before every reading, for placements and enrolments to begin with."""
    return min(pack.readings[0].at_ms for _, pack in sent) - MINUTE_MS


def prepared(*, folder: Path, broker_port: int, influxdb: Influxdb) -> Places:
    """Return the places of an ingester of its own: a folder not made yet, and a database that is there."""
    database = re.sub("[^A-Za-z0-9]+", "-", "-".join(folder.parts[-2:]))
    counting.create(influxdb.port, database)
    return Places(broker_port=broker_port, influxdb_port=influxdb.port, database=database, folder=folder)


def await_listening(ingester: Ingester, one: Sent) -> None:
    """Send one reading until it is stored: what nobody has subscribed to yet is gone."""
    places, packet = ingester.places, b"".join(packets([ingester.spelled(*one)]))

    def arrives() -> bool:
        with flooded(places.broker_port, packet, count=1):
            return counting.stored(places.influxdb_port, places.database) > 0

    eventually(arrives, within=_READY_S, what=f"{ingester.name}: nothing arrives in InfluxDB")


def through(made: Made, sent: Sequence[Sent], *, warm_up: int, influxdb: Influxdb, folder: Path) -> Through:
    """Run an ingester with a broker and a database of its own, give it `warm_up` packs, and then time the others."""
    with broker(folder) as running_broker:
        places = prepared(folder=folder / "ingester", broker_port=running_broker.port, influxdb=influxdb)
        running = Running(made(places))
        try:
            await_listening(running.ingester, sent[0])
            _timed(running, sent[:warm_up], before=0)
            return _timed(running, sent[warm_up:], before=readings_of(sent[:warm_up]))
        finally:
            running.stop()


def _timed(running: Running, sent: Sequence[Sent], *, before: int) -> Through:
    places = running.ingester.places
    published = b"".join(packets(running.ingester.spelled(*one) for one in sent))
    expected, cpu_s = before + readings_of(sent), running.cpu_s
    with flooded(places.broker_port, published, count=len(sent)):
        looks = watched(places, before=before, expected=expected, quiet_s=_QUIET_S)
    return Through(
        rate=steady_rate(looks),
        cpu_s=running.cpu_s - cpu_s,
        peak_mib=running.peak_mib,
        missing=expected - looks[-1][1],
    )


def watched(places: Places, *, before: int, expected: int, quiet_s: float) -> list[Look]:
    """Look until all is stored, or nothing has come for `quiet_s`; keep the looks that saw something new."""
    looks = [(time.perf_counter(), before)]
    while looks[-1][1] < expected and time.perf_counter() - looks[-1][0] < quiet_s:
        time.sleep(_LOOK_EVERY_S)
        count = counting.stored(places.influxdb_port, places.database)
        if count > looks[-1][1]:
            looks.append((time.perf_counter(), count))
    return looks


def steady_rate(looks: Sequence[Look]) -> float:
    """Return readings a second from the first batch seen to the last but one, or of the whole where looks are few.

    So nobody is charged for the first message's way, or for waiting until a last batch that is not full is due.
    """
    looks = looks[1:-1] if len(looks) > _LOOKS_THAT_TELL else looks
    (began_s, first), (ended_s, last) = looks[0], looks[-1]
    return (last - first) / (ended_s - began_s) if ended_s > began_s else 0.0
