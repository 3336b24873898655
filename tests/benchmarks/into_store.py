"""The whole way from the broker into a store, whichever it is."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.scale import Scale
from benchmarks.spending import in_turns
from benchmarks.throughput import broker, loads, straight_into_store, through_server
from coldchain_server.store.settings import StoreSettings

STRAIGHT = "the same points straight into it, by the same client in the same batches"


def into_store(store: StoreSettings, *, name: str, scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield readings a second through ingest, spool and writer, which run side by side as in one server."""
    with broker(folder) as running:
        for load in loads(scale):
            stages = ("ingest", "writing")
            ours, rival = in_turns(
                partial(through_server, load, port=running.port, folder=folder, only=stages, store=store),
                partial(straight_into_store, load, folder=folder, store=store),
                runs=scale.runs,
            )
            yield Figure(
                name=f"Mosquitto to {name}, {load.words}, QoS 1",
                ours=load.rate(ours),
                rival=load.rate(rival),
                against=STRAIGHT,
                more_is_better=True,
                note=load.cpu(ours),
            )
