"""From the broker through spool and writer into the SQLite store, against the same points written straight into it."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.into_store import into_store
from benchmarks.scale import Scale
from coldchain_server.store.settings import StoreSettings


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second, for each way of sending."""
    yield from into_store(StoreSettings(), name="the SQLite store", scale=scale, folder=folder)
