"""From the broker through spool and writer into a real InfluxDB, against the same points written straight into it."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Amount, Figure, expect
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.ingesters.ours import ours
from benchmarks.into_store import STRAIGHT, into_store
from benchmarks.large_fleet import large_fleet
from benchmarks.scale import Scale
from benchmarks.stream import DEVICES, Sent, Through, begun_ms, readings_of, stream_of, through
from benchmarks.throughput import full_packs, straight_into_store
from coldchain_server.store.settings import StoreKind, StoreSettings
from servers.influxdb import Influxdb

_WORKERS = 2


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second, for each way of sending."""
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()
    settings = StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url)
    try:
        yield from into_store(settings, name="InfluxDB", scale=scale, folder=folder)
        yield from _by_workers(influxdb, settings, scale=scale, folder=folder)
    finally:
        influxdb.server.stop()


def _by_workers(influxdb: Influxdb, store: StoreSettings, *, scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield the rate of full packs where ingest has processes of its own, in turns with the points written straight."""
    warm_up, load = max(1, scale.full_packs // 20), full_packs(scale)
    sent = stream_of(scale.full_packs + warm_up, readings=load.readings_each)
    mine, theirs = [], []
    for turn in range(scale.runs):
        mine.append(_through(sent, warm_up=warm_up, influxdb=influxdb, folder=folder / f"workers-{turn}"))
        theirs.append(load.rate(straight_into_store(load, folder=folder, store=store)).value)
    timed = readings_of(sent[warm_up:])
    cpu_s = statistics.median(one.cpu_s for one in mine) * 100_000 / timed
    yield Figure(
        name=f"Mosquitto to InfluxDB, {load.words}, QoS 1, two ingest workers",
        ours=Amount(statistics.median(one.rate for one in mine), "readings/s"),
        rival=Amount(statistics.median(theirs), "readings/s"),
        against=STRAIGHT,
        more_is_better=True,
        note=f"of {timed:,} readings none is missing; {cpu_s:.2f} s CPU of all its processes per 100,000 readings",
    )


def _through(sent: list[Sent], *, warm_up: int, influxdb: Influxdb, folder: Path) -> Through:
    def made(places: Places) -> Ingester:
        fleet = large_fleet(DEVICES, from_ms=begun_ms(sent))
        return ours(places, fleet=fleet, enrolled_ms=begun_ms(sent), workers=_WORKERS)

    taken = through(made, sent, warm_up=warm_up, influxdb=influxdb, folder=folder)
    expect("readings missing from InfluxDB", found=taken.missing, expected=0)
    return taken
