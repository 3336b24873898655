"""From the broker through spool and writer into a real InfluxDB, against the same points written straight into it."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.into_store import into_store
from benchmarks.scale import Scale
from coldchain_server.store.settings import StoreKind, StoreSettings
from servers.influxdb import Influxdb


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second, for each way of sending."""
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()
    settings = StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url)
    try:
        yield from into_store(settings, name="InfluxDB", scale=scale, folder=folder)
    finally:
        influxdb.server.stop()
