"""What an outbox holds, read: by the agent itself, and by commands that run beside it."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Self
from uuid import UUID

from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Recalled
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox.model import BEGINNING, END, Extent, Kept, Taken
from coldchain_device.outbox.repair import has_undated, recalled
from coldchain_device.outbox.rows import KEPT, kept, numbered, probe_of
from coldchain_device.outbox.schema import open_to_read
from coldchain_device.outbox.settled import Fate, highest, refused, settled, waiting

_NONE = Sequences()
_TIMED = f"SELECT {KEPT} FROM readings WHERE at_ms IS NOT NULL"  # noqa: S608 - columns of our own


_TAKEN = (
    "SELECT sequence, probe, value, quality, boot_id, uptime_ms, at_ms FROM readings JOIN boots ON number = boot"
    " WHERE sequence > ? ORDER BY sequence LIMIT 100"
)


class OutboxReader:
    """Reads one outbox. Thread-safe. Every method raises `OutboxUnavailable` where the card cannot give it now."""

    def __init__(self, path: Path, connection: sqlite3.Connection, identity: UUID) -> None:
        self.path, self.id = path, identity
        self._connection, self._lock = connection, threading.RLock()

    @classmethod
    def beside(cls, path: Path) -> Self:
        """Open the outbox at `path` to read only, whoever else has it open."""
        with translated(path):
            return cls(path, *open_to_read(path))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def pending(
        self, limit: int, *, from_ms: int = BEGINNING, before_ms: int = END, but_not: Sequences = _NONE
    ) -> list[Kept]:
        """Return readings that wait, with an instant from `from_ms` until before `before_ms`, the first taken first."""
        with self._reading() as connection:
            wanted = waiting(connection) - but_not
            if from_ms > BEGINNING:
                rows = connection.execute(
                    f"{_TIMED} AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, sequence", (from_ms, before_ms)
                )
                return list(islice((kept(row) for row in rows if row[0] in wanted), limit))
            return self._first(limit, wanted, before_ms)

    def _first(self, limit: int, wanted: Sequences, before_ms: int = END) -> list[Kept]:
        found: list[Kept] = []
        for low, high in wanted.ranges:
            rows = self._connection.execute(
                f"{_TIMED} AND sequence BETWEEN ? AND ? AND at_ms < ? ORDER BY sequence LIMIT ?",
                (low, high, before_ms, limit - len(found)),
            )
            found += map(kept, rows)
            if len(found) >= limit:
                break
        return found

    def readings(self, sequences: Sequences) -> list[Kept]:
        """Return those of `sequences` that are on the card with a known instant, settled or not, ascending."""
        with self._reading():
            return self._first(len(sequences), sequences)

    def has_undated(self) -> bool:
        """Return whether the instant of any reading is not known yet; cheap enough to be asked every second."""
        with self._reading() as connection:
            return has_undated(connection)

    def undated(self, limit: int, *, boot_id: str, after: int, from_uptime_ms: int) -> list[Kept]:
        """Return the newest readings of a boot whose time is not known, numbered above `after` and taken from
        `from_uptime_ms` on, ascending; their instants are uptimes."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT sequence, probe, value, quality, uptime_ms, 0 FROM readings WHERE sequence > ?"
                " AND boot = (SELECT number FROM boots WHERE boot_id = ?) AND at_ms IS NULL AND uptime_ms >= ?"
                " ORDER BY sequence DESC LIMIT ?",
                (after, boot_id, from_uptime_ms, limit),
            ).fetchall()
        return [kept(row) for row in reversed(rows)]

    def highest(self) -> int:
        """Return the highest number that was given; 0 where none was."""
        with self._reading() as connection:
            return highest(connection)

    def latest(self, limit: int, *, after: int = 0) -> Iterator[Taken]:
        """Yield what was taken last, in that order: what is numbered above `after`, at most about `limit` readings.

        A portion is in memory at a time.
        """
        after = max(after, self.highest() - limit)
        while True:
            with self._reading() as connection:
                rows = connection.execute(_TAKEN, (after,)).fetchall()
            for sequence, key, value, quality, boot_id, uptime_ms, at_ms in rows:
                yield Taken(
                    sequence=sequence,
                    probe=probe_of(key),
                    value=value,
                    quality=Quality(quality),
                    boot_id=boot_id,
                    uptime_ms=uptime_ms,
                    at_ms=at_ms,
                )
            if not rows:
                return
            after = rows[-1][0]

    def dated(self, *, from_ms: int = BEGINNING, before_ms: int = END) -> Sequences:
        """Return the numbers of readings with an instant from `from_ms` until before `before_ms`."""
        with self._reading() as connection:
            return numbered(connection, "at_ms >= ? AND at_ms < ?", (from_ms, before_ms))

    def instants(self, sequences: Sequences) -> tuple[int, int] | None:
        """Return the instants of the first and the last of `sequences` that have one; None where none has."""
        with self._reading() as connection:
            ends = [
                connection.execute(
                    "SELECT min(at_ms), max(at_ms) FROM readings WHERE sequence BETWEEN ? AND ?", span
                ).fetchone()
                for span in sequences.ranges
            ]
        known = [one for one in ends if one[0] is not None]
        return (min(first for first, _ in known), max(last for _, last in known)) if known else None

    def held(self, sequences: Sequences) -> Sequences:
        """Return those of `sequences` that are on the card, whether their time is known or not."""
        with self._reading() as connection:
            return Sequences.joined(
                island
                for span in sequences.ranges
                for island in numbered(connection, "sequence BETWEEN ? AND ?", span).ranges
            )

    def waiting(self) -> Sequences:
        """Return the numbers of all that the server has not dealt with."""
        with self._reading() as connection:
            return waiting(connection)

    def settled(self, *fates: Fate) -> Sequences:
        """Return the numbers that had one of `fates`."""
        with self._reading() as connection:
            return settled(connection, fates)

    def refused(self) -> dict[str, Sequences]:
        """Return the numbers that the server refused, by its reason."""
        with self._reading() as connection:
            return refused(connection)

    def instant_of(self, boot_id: str, uptime_ms: int) -> int | None:
        """Return when it was that far into a boot, by the nearest reading with an instant; None where none has."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT at_ms - uptime_ms FROM readings WHERE boot = (SELECT number FROM boots WHERE boot_id = ?)"
                " AND at_ms IS NOT NULL ORDER BY abs(uptime_ms - ?) LIMIT 1",
                (boot_id, uptime_ms),
            ).fetchone()
        return None if row is None else max(0, row[0] + uptime_ms)

    def recalled(self, boot_id: str) -> Recalled:
        """Return what is known of the time from readings already dated."""
        with self._reading() as connection:
            return recalled(connection, boot_id)

    def extent(self) -> Extent:
        """Return how far the outbox reaches and what waits in it."""
        with self._reading() as connection:
            waits = waiting(connection)
            first = self._first(1, waits)
            (lowest, untimed) = connection.execute(
                "SELECT coalesce((SELECT min(sequence) FROM readings), 0),"
                " (SELECT count(*) FROM readings WHERE at_ms IS NULL)"
            ).fetchone()
            return Extent(
                lowest_sequence=lowest,
                highest_sequence=highest(connection),
                unconfirmed=len(waits),
                untimed=untimed,
                oldest_unconfirmed_ms=first[0].reading.at_ms if first else None,
            )

    def depth(self) -> int:
        """Return how many readings wait."""
        return len(self.waiting())

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._lock:
            yield self._connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        with translated(self.path):
            yield


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the card say into `OutboxUnavailable`, the cause kept."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise OutboxUnavailable(
            f"outbox {path}: {error}; free space on the card and check that it is writable"
        ) from error
