"""`python -m benchmarks [NAME …]`: run every benchmark, or those named, and print one table."""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import structlog

from benchmarks import (
    busy_latency,
    decoding,
    device,
    durability,
    into_influxdb,
    into_spool,
    into_sqlite,
    judging,
    latency,
    losses,
    pages,
    singles,
)
from benchmarks.figure import Figure, WrongCount, table
from benchmarks.machine import busyness, machine
from benchmarks.scale import Scale

BENCHMARKS: Mapping[str, Callable[[Scale, Path], Iterator[Figure]]] = {
    "decoding": decoding.measure,
    "singles": singles.measure,
    "losses": losses.measure,
    "spool": into_spool.measure,
    "influxdb": into_influxdb.measure,
    "sqlite": into_sqlite.measure,
    "judging": judging.measure,
    "durability": durability.measure,
    "latency": latency.measure,
    "busy-latency": busy_latency.measure,
    "device": device.measure,
    "pages": pages.measure,
}


def run(names: list[str], scale: Scale) -> list[Figure]:
    """Return the figures of the benchmarks named; one whose program is not installed is said and left out."""
    figures: list[Figure] = []
    for name in names:
        print(f"==> {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=f"coldchain-{name}-") as folder:
            try:
                figures += BENCHMARKS[name](scale, Path(folder))
            except pytest.skip.Exception as missing:
                print(f"    not measured: {missing}", file=sys.stderr)
    return figures


def main(asked: list[str]) -> int:
    """Print the table; 1 where counts are wrong or nothing arrives, 2 where no such benchmark is known."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    unknown = [name for name in asked if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    before = busyness()
    try:
        figures = run(asked or list(BENCHMARKS), Scale())
    except (WrongCount, pytest.fail.Exception) as wrong:  # a backlog that never drains is a loss too
        print(f"wrong: {wrong}", file=sys.stderr)
        return 1
    print(machine(), f"{before} before, {busyness()} after", table(figures), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
