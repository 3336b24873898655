"""One reading a message from Mosquitto into InfluxDB, against Node-RED: each in processes of its own, in turns."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path

import msgspec

from benchmarks.figure import Amount, Figure, expect
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.ingesters.node_red import installed, node_red
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import large_fleet
from benchmarks.scale import Scale
from benchmarks.stream import DEVICES, Made, Through, begun_ms, stream_of, through
from servers.influxdb import Influxdb

_rate, _cpu, _memory = (attrgetter(name) for name in ("rate", "cpu_s", "peak_mib"))
_NAME = "Mosquitto to InfluxDB, one reading a message, QoS 1"
_WORKERS = {1: "", 2: ", two ingest workers"}


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield rate and CPU beside Node-RED's, written a batch a second, and beside Node-RED's as flows begin."""
    installed()
    yield from beside(node_red, "Node-RED 4.1, batched a second", scale, folder, workers=(2, 1))
    few = msgspec.structs.replace(scale, runs=1, rival_messages=scale.rival_messages // 10)
    yield from beside(partial(node_red, batched=False), "Node-RED 4.1, unbatched", few, folder / "unbatched")


def beside(rival: Made, named: str, scale: Scale, folder: Path, *, workers: Sequence[int] = (1,)) -> Iterator[Figure]:
    """Yield ours, with each number of `workers`, beside `rival`, in turns on the same stream through the same InfluxDB;
    whatever ours misses is no figure."""
    warm_up = scale.rival_messages // 20
    sent = stream_of(scale.rival_messages + warm_up)
    influxdb = Influxdb(folder / "influxdb")
    influxdb.start()

    def run(made: Made, name: str) -> Through:
        return through(made, sent, warm_up=warm_up, influxdb=influxdb, folder=folder / name)

    def of_ours(places: Places, *, workers: int) -> Ingester:
        fleet = large_fleet(DEVICES, from_ms=begun_ms(sent))
        return ours(places, fleet=fleet, enrolled_ms=begun_ms(sent), workers=workers)

    mine: dict[int, list[Through]] = {count: [] for count in workers}
    theirs: list[Through] = []
    try:
        for turn in range(scale.runs):
            for count, taken in mine.items():
                taken.append(run(partial(of_ours, workers=count), f"ours-{count}-{turn}"))
                expect("readings missing from InfluxDB", found=taken[-1].missing, expected=0)
            theirs.append(run(rival, f"rival-{turn}"))
    finally:
        influxdb.server.stop()
    for count, taken in mine.items():
        yield from _figures(f"{_NAME}{_WORKERS[count]}", taken, theirs, named, readings=scale.rival_messages)


def _figures(name: str, mine: list[Through], theirs: list[Through], named: str, *, readings: int) -> Iterator[Figure]:
    def middle(taken: list[Through], of: Callable[[Through], float]) -> float:
        return statistics.median(map(of, taken))

    lost = ", ".join(str(one.missing) for one in theirs)
    memory = f"peak memory {middle(mine, _memory):.0f} MiB against {middle(theirs, _memory):.0f} MiB"
    turns = ", ".join(f"{my.rate / its.rate:.2f}" for my, its in zip(mine, theirs, strict=True) if its.rate)
    yield Figure(
        name=name,
        ours=Amount(middle(mine, _rate), "readings/s"),
        rival=Amount(middle(theirs, _rate), "readings/s"),
        against=named,
        more_is_better=True,
        note=f"of {readings:,} readings none is missing, of the rival's {lost}; {memory}; turn by turn {turns}",
    )
    yield Figure(
        name=f"{name}, CPU of all its processes for 100,000 readings",
        ours=Amount(middle(mine, _cpu) * 100_000 / readings, "s"),
        rival=Amount(middle(theirs, _cpu) * 100_000 / readings, "s"),
        against=named,
    )
