"""What it costs that a pack is on the disk before it is acknowledged, against the disk alone."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.figure import Amount, Figure, expect
from benchmarks.large_fleet import ENROLLED_MS, packs, topic_of
from benchmarks.scale import Scale
from coldchain_contract.pack import Pack, encode_pack
from coldchain_server.spool.model import Accepted
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool

READINGS = 60
T = TypeVar("T")


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield milliseconds a commit of one pack, medians of all commits of a run."""
    sent = list(packs(0, count=scale.commits * scale.runs, readings=READINGS, from_ms=ENROLLED_MS))
    runs = [sent[number :: scale.runs] for number in range(scale.runs)]
    spool = Spool(folder / "spool.sqlite", quota=Quota(entries=1, bytes=1024))
    try:
        ours = statistics.median(_each(run, lambda pack: spool.admit([_accepted(pack)])) for run in runs)
        kept = len(spool.received(sent[0].outbox))
    finally:
        spool.close()
    expect("readings in the spool", found=kept, expected=len(sent) * READINGS)
    with (folder / "raw").open("ab", buffering=0) as file:
        number = file.fileno()
        payloads = [[encode_pack(pack) for pack in run] for run in runs]
        raw = statistics.median(_each(run, lambda payload: _synced(number, payload)) for run in payloads)
    yield Figure(
        name=f"durable commit of one pack of {READINGS} to the spool",
        ours=Amount(ours * 1000, "ms"),
        rival=Amount(raw * 1000, "ms"),
        against="the pack's bytes appended to a file and fsynced",
    )


def _each(sent: Sequence[T], commit: Callable[[T], object]) -> float:
    """Return the median of the seconds that committing each of `sent` took."""
    taken = []
    for one in sent:
        began = time.perf_counter()
        commit(one)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _accepted(pack: Pack) -> Accepted:
    topic = topic_of(0)
    return Accepted(site=topic.site, device=topic.device, live=True, received_ms=pack.readings[-1].at_ms, pack=pack)


def _synced(file: int, payload: bytes) -> None:
    os.write(file, payload)
    os.fsync(file)
