"""What was truly taken, by the simulator's own log and the card's own rows, and what became of it in a store."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_device.outbox.rows import probe_of
from coldchain_server.store.protocol import Point, Store
from coldchain_server.store.totals import every_point
from coldchain_simulator.w1_text import Shown

WITHIN_MS = 1_000
"""How far an unmarked instant may be off."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a probe's file: when its end was seen, by this machine's clock, and what the file said."""

    at_ms: int
    celsius: float | None


class Log:
    """The simulator's log: every time anybody read a probe. Threads may share it."""

    def __init__(self) -> None:
        self._looks: dict[ProbeUrn, list[Look]] = {}
        self._lock = threading.Lock()

    def took(self, probe: ProbeUrn, shown: Shown) -> None:
        self.enter(probe, Look(at_ms=time.time_ns() // 1_000_000, celsius=shown.celsius))

    def enter(self, probe: ProbeUrn, look: Look) -> None:
        """Enter a look, such as one that was simulated for an instant long ago."""
        with self._lock:
            self._looks.setdefault(probe, []).append(look)

    def of(self, probe: ProbeUrn) -> list[Look]:
        with self._lock:
            return list(self._looks.get(probe, ()))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One reading as the card has it: committed, and so taken."""

    outbox: str
    sequence: int
    probe: ProbeUrn
    celsius: float | None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that was taken: whose it is, its true value, and its true instant."""

    outbox: str
    sequence: int
    probe: ProbeUrn
    celsius: float | None
    at_ms: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the readings taken. `uncommitted` were read from a probe and never taken: a kill came between."""

    taken: int
    stored: int
    lost: int
    doubled: int
    misdated: int
    wrong: int = 0
    uncommitted: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def committed(card: Path) -> list[Row]:
    """Return the rows of the outbox file, read by SQLite alone, in the order they were committed."""
    connection = sqlite3.connect(f"file:{card}?mode=ro", uri=True)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'settled'").fetchone():
            return []  # it is being made
        (outbox,) = connection.execute("SELECT id FROM outbox").fetchone()
        rows = connection.execute("SELECT sequence, probe, value FROM readings ORDER BY sequence").fetchall()
    finally:
        connection.close()
    return [Row(outbox=outbox, sequence=sequence, probe=probe_of(key), celsius=value) for sequence, key, value in rows]


def taken(rows: Iterable[Row], log: Log) -> tuple[list[Taken], int]:
    """Return the truth about `rows`, in the order they were committed, and how many looks nobody committed.

    Each row is the next look at its probe that found its value; an `AssertionError` names a row nobody looked for.
    """
    by_probe: dict[ProbeUrn, list[Row]] = {}
    for row in rows:
        by_probe.setdefault(row.probe, []).append(row)
    truths: list[Taken] = []
    uncommitted = 0
    for probe, committed_rows in by_probe.items():
        looks = log.of(probe)
        place = 0
        for row in committed_rows:
            found = next((n for n in range(place, len(looks)) if looks[n].celsius == row.celsius), None)
            assert found is not None, f"{row} is on the card, and nobody read that from its probe"
            uncommitted += found - place
            place = found + 1
            truths.append(
                Taken(
                    outbox=row.outbox,
                    sequence=row.sequence,
                    probe=probe,
                    celsius=row.celsius,
                    at_ms=looks[found].at_ms,
                )
            )
        uncommitted += len(looks) - place
    return truths, uncommitted


def tally(truths: Sequence[Taken], store: Store, *, uncommitted: int = 0) -> Tally:
    """Compare what was taken with all that `store` holds of the same probes."""
    points = [point for probe in {truth.probe for truth in truths} for point in every_point(store, probe)]
    found: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        found.setdefault((str(point.outbox), point.sequence), []).append(point)
    here = [(truth, found.get((truth.outbox, truth.sequence), [])) for truth in truths]
    return Tally(
        taken=len(truths),
        stored=sum(bool(copies) for _, copies in here),
        lost=sum(not copies for _, copies in here),
        doubled=len(points) - sum(bool(copies) for _, copies in here),
        misdated=sum(not _dated_right(truth, copies[0]) for truth, copies in here if copies),
        wrong=sum(copies[0].reading.value != truth.celsius for truth, copies in here if copies),
        uncommitted=uncommitted,
    )


def _dated_right(truth: Taken, point: Point) -> bool:
    return abs(point.reading.at_ms - truth.at_ms) <= max(WITHIN_MS, point.uncertainty_ms)
