"""Ten thousand probes at a reading a minute for ten minutes, every part on: nothing lost, what each stage spends."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
from paho.mqtt.client import Client

from benchmarks.backlog import publisher
from benchmarks.breaches import COOLERS_A_DEVICE
from benchmarks.figure import Amount, Figure, expect
from benchmarks.ingesters.ingester import Running
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import MINUTE_MS, PROBES_A_DEVICE, large_fleet, moved_on, packs, topic_of
from benchmarks.latency import AMINATA, AT_ONCE
from benchmarks.scale import Scale
from benchmarks.stream import await_listening, prepared, watched
from benchmarks.throughput import broker
from coldchain_app.server import PARTS, STAGES
from coldchain_contract.pack import encode_pack
from servers.influxdb import Influxdb
from servers.process import eventually

_CORES = 2
_HOT_CELSIUS, _TOLD_S = 30.0, 60.0
_ONE_IN = 100
"""One device in so many has a cooler that is too hot from the first minute on, so that every stage has work."""


class Spending(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds of each thread, by name; the most memory; the longest that a pack went out late, in seconds."""

    cpu_s: Counter[str]
    peak_mib: float
    behind_s: float


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield the CPU of all the server's threads, against the two cores it may have."""
    spending = _spending(scale, folder)
    minutes = scale.load_minutes * scale.load_minute_s / 60
    stages = {stage: spending.cpu_s[stage[:15]] for stage in STAGES}
    rest_s = spending.cpu_s.total() - sum(stages.values())
    each = ", ".join(f"{name} {cpu_s / minutes:.2f} s" for name, cpu_s in (stages | {"all else": rest_s}).items())
    yield Figure(
        name=f"{scale.probes:,} probes at a reading a minute for {minutes:.2g} minutes, all parts on, CPU a minute",
        ours=Amount(spending.cpu_s.total() / minutes, "s"),
        rival=Amount(_CORES * 60.0, "s"),
        against=f"{_CORES} cores",
        note=(
            f"none lost; CPU a minute of {each}; peak memory {spending.peak_mib:.0f} MiB; "
            f"no pack went out more than {spending.behind_s:.2f} s late"
        ),
    )


def _spending(scale: Scale, folder: Path) -> Spending:
    devices = scale.probes // PROBES_A_DEVICE
    began_ms = time.time_ns() // 1_000_000 - MINUTE_MS
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()
    with ExitStack() as ending:
        ending.callback(influxdb.server.stop)
        port = ending.enter_context(broker(folder)).port
        places = prepared(folder=folder / "server", broker_port=port, influxdb=influxdb)
        fleet = large_fleet(devices + 1, profile=AT_ONCE, contacts=(AMINATA,), from_ms=began_ms)
        running = Running(ours(places, fleet=fleet, enrolled_ms=began_ms, only=",".join(PARTS)))
        ending.callback(running.stop)
        await_listening(running.ingester, (devices, next(packs(devices, count=1, readings=1, from_ms=began_ms))))
        before = running.cpu_s_by_thread
        with publisher(port) as client:
            behind_s = _minutes_pass(client, devices, scale)
        expected = 1 + devices * PROBES_A_DEVICE * scale.load_minutes
        looks = watched(places, before=0, expected=expected, quiet_s=scale.quiet_s)
        expect("readings stored", found=looks[-1][1], expected=expected)
        _every_breach_is_told(places.folder / "server" / "ledger.sqlite", COOLERS_A_DEVICE * -(-devices // _ONE_IN))
        spent = running.cpu_s_by_thread - before
        return Spending(cpu_s=spent, peak_mib=running.peak_mib, behind_s=behind_s)


def _minutes_pass(client: Client, devices: int, scale: Scale) -> float:
    """Let every device send once a minute, evenly spread; return how late the latest went out."""
    began_s, behind_s, published = time.monotonic(), 0.0, []
    for number in range(devices * scale.load_minutes):
        minute, device = divmod(number, devices)
        due_s = began_s + number / devices * scale.load_minute_s
        time.sleep(max(0.0, due_s - time.monotonic()))
        behind_s = max(behind_s, time.monotonic() - due_s)
        published.append(client.publish(str(topic_of(device)), _payload(device, minute), qos=1))
    eventually(lambda: all(one.is_published() for one in published), within=60, what="the broker took all of them")
    return behind_s


def _payload(device: int, minute: int) -> bytes:
    celsius = 4.0625 if device % _ONE_IN else _HOT_CELSIUS
    now_ms = time.time_ns() // 1_000_000
    taken = next(packs(device, count=1, readings=PROBES_A_DEVICE, from_ms=now_ms, celsius=celsius))
    return encode_pack(moved_on(taken, ms=0, numbers=minute * PROBES_A_DEVICE))


def _every_breach_is_told(ledger: Path, coolers: int) -> None:
    """Wait for an incident of each cooler that was too hot, and for somebody told of each; more would be wrong too."""
    questions = ("SELECT count(*) FROM incident", "SELECT count(*) FROM notification WHERE state = 'sent'")
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:

        def found() -> list[int]:
            return [connection.execute(question).fetchone()[0] for question in questions]

        eventually(lambda: min(found()) >= coolers, within=_TOLD_S, what="every breach is told")
        expect("incidents and messages", found=sum(found()), expected=2 * coolers)
