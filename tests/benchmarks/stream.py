"""A stream of single readings through one ingester, flat out: how fast, for how much CPU, and what is missing after."""

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
"""A device's number and its pack of one reading."""

Made = Callable[[Places], Ingester]
Look = tuple[float, int]
"""An instant (seconds) and how many readings were stored by then."""


class Through(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a stream: readings a second, CPU and memory of all the ingester's processes, readings missing."""

    rate: float
    cpu_s: float
    peak_mib: float
    missing: int


def readings_alone(count: int) -> list[Sent]:
    """Return packs of one reading each, the devices taking turns, the last taken a minute ago or two."""
    each = -(-count // DEVICES)
    from_ms = time.time_ns() // 1_000_000 - (each // PROBES_A_DEVICE + 2) * MINUTE_MS
    by_device = [list(packs(device, count=each, readings=1, from_ms=from_ms)) for device in range(DEVICES)]
    return [(device, by_device[device][turn]) for turn in range(each) for device in range(DEVICES)][:count]


def begun_ms(sent: Sequence[Sent]) -> int:
    """Return an instant before every reading, for placements and enrolments to begin with."""
    return min(pack.readings[0].at_ms for _, pack in sent) - MINUTE_MS


def through(made: Made, sent: Sequence[Sent], *, warm_up: int, influxdb: Influxdb, folder: Path) -> Through:
    """Run an ingester with a broker and a database of its own, give it `warm_up` messages, and then time the others."""
    with broker(folder) as running_broker:
        places = Places(
            broker_port=running_broker.port,
            influxdb_port=influxdb.port,
            database=folder.name,
            folder=folder / "ingester",
        )
        counting.create(influxdb.port, places.database)
        running = Running(made(places))
        try:
            spelled = [running.ingester.spelled(device, pack) for device, pack in sent]
            _warm(spelled[:warm_up], places)
            return _timed(running, spelled[warm_up:], before=warm_up)
        finally:
            running.stop()


def _warm(messages: Sequence[tuple[str, bytes]], places: Places) -> None:
    """Wait until the ingester listens: what nobody has subscribed to is gone, so the first message goes out anew."""
    first, others = b"".join(packets(messages[:1])), b"".join(packets(messages[1:]))

    def arrives() -> bool:
        with flooded(places.broker_port, first, count=1):
            return counting.stored(places.influxdb_port, places.database) > 0

    eventually(arrives, within=_READY_S, what=f"{places.database}: nothing arrived in InfluxDB")
    with flooded(places.broker_port, others, count=len(messages) - 1):
        eventually(
            lambda: counting.stored(places.influxdb_port, places.database) == len(messages),
            within=_READY_S,
            what=f"{places.database}: the warm-up did not arrive whole",
        )


def _timed(running: Running, messages: Sequence[tuple[str, bytes]], *, before: int) -> Through:
    places, published = running.ingester.places, b"".join(packets(messages))
    cpu_s = running.cpu_s
    with flooded(places.broker_port, published, count=len(messages)):
        looks = _watched(places, before=before, expected=before + len(messages))
    return Through(
        rate=steady_rate(looks),
        cpu_s=running.cpu_s - cpu_s,
        peak_mib=running.peak_mib,
        missing=before + len(messages) - looks[-1][1],
    )


def _watched(places: Places, *, before: int, expected: int) -> list[Look]:
    """Look until all is stored, or nothing has come for a while; keep the looks that saw something new."""
    looks = [(time.perf_counter(), before)]
    while looks[-1][1] < expected and time.perf_counter() - looks[-1][0] < _QUIET_S:
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
