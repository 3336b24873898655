"""`python -m benchmarks [--page] [NAME …]`: run the benchmarks named, or all but the long ones; print one table.

With `--page` all run, the long ones too, and the table is written into the page.
"""

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
import structlog

from benchmarks import (
    busy_latency,
    decoding,
    device,
    durability,
    full_load,
    into_incidents,
    into_influxdb,
    into_spool,
    into_sqlite,
    judging,
    latency,
    losses,
    milk,
    pages,
    singles,
    wire,
)
from benchmarks.figure import Figure, WrongCount, table
from benchmarks.machine import busyness, machine
from benchmarks.page import PAGE, with_figures
from benchmarks.scale import Scale

BENCHMARKS: Mapping[str, Callable[[Scale, Path], Iterator[Figure]]] = {
    "decoding": decoding.measure,
    "singles": singles.measure,
    "losses": losses.measure,
    "spool": into_spool.measure,
    "influxdb": into_influxdb.measure,
    "sqlite": into_sqlite.measure,
    "judging": judging.measure,
    "incidents": into_incidents.measure,
    "durability": durability.measure,
    "latency": latency.measure,
    "busy-latency": busy_latency.measure,
    "load": full_load.measure,
    "device": device.measure,
    "wire": wire.measure,
    "pages": pages.measure,
    "milk": milk.measure,
}

LONG: Mapping[str, str] = {"load": "ten minutes: make bench-load"}
"""What runs only when it is named, and how."""
_PAGE = "--page"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run: figures, what could not be measured here and why, and what was counted wrong."""

    figures: list[Figure]
    not_measured: list[str]
    wrong: list[str]


def run(names: list[str], scale: Scale) -> Run:
    """Run the benchmarks named; one that cannot be measured, or is counted wrong, stops no other."""
    done = Run(figures=[], not_measured=[], wrong=[])
    for name in names:
        print(f"==> {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=f"coldchain-{name}-") as folder:
            try:
                done.figures.extend(list(BENCHMARKS[name](scale, Path(folder))))
            except pytest.skip.Exception as missing:
                done.not_measured.append(f"{name}: {missing}")
            except (WrongCount, pytest.fail.Exception) as wrong:  # a backlog that never drains is a loss too
                done.wrong.append(f"{name}: {wrong}")
    return done


def main(asked: list[str]) -> int:
    """Print the table; 1 where counts are wrong or nothing arrives, 2 where no such benchmark is known."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    to_page, names = _PAGE in asked, [name for name in asked if name != _PAGE]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    left_out = [] if names or to_page else [name for name in BENCHMARKS if name in LONG]
    before = busyness()
    done = run(names or [name for name in BENCHMARKS if name not in left_out], Scale())
    shown = _shown(done, before=before)
    print(shown)
    for line in (*(f"wrong: {one}" for one in done.wrong), *(f"left out: {name} ({LONG[name]})" for name in left_out)):
        print(line, file=sys.stderr)
    if to_page and not done.wrong:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")
    return 1 if done.wrong else 0


def _shown(done: Run, *, before: str) -> str:
    busy = f"Load average of a minute: {before} before, {busyness()} after."
    missing = [f"Not measured: {one}" for one in done.not_measured]
    return "\n\n".join([machine(), busy, table(done.figures), *missing])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
