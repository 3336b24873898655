"""The outbox: one SQLite file on the card, durable commits, numbers that are never given twice."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Recalled, Stamp
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox.model import Extent, Kept, Sample
from coldchain_device.outbox.repair import has_undated, recalled, settle
from coldchain_device.outbox.rows import free_instant
from coldchain_device.outbox.schema import open_outbox, set_aside
from coldchain_device.timekeeping import marked_ms

_log = structlog.get_logger()
_DAMAGE = ("malformed", "not a database")
_NONE = Sequences()
_DAY_MS = 86_400_000
BEGINNING, END = -(2**62), 2**62
"""Instants before and after all others."""


class Outbox:
    """Samples from commit to confirmation. Thread-safe; one process at a time writes.

    Every method raises `OutboxUnavailable` where the card cannot take or give anything now. A file found damaged in use
    is set aside by the next `add`, which begins a new one under a new identity.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock, self._damaged = path, threading.RLock(), False
        with self._translated():
            self._connection, self.id = open_outbox(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add(self, samples: Sequence[Sample]) -> list[Kept | None]:
        """Commit one round and return its readings in order; None for one whose time is not known yet."""
        with self._lock:
            if not self._damaged:
                try:
                    return self._added(samples)
                except OutboxUnavailable:
                    if not self._damaged:
                        raise
            self._begin_anew()
            return self._added(samples)

    def _added(self, samples: Sequence[Sample]) -> list[Kept | None]:
        with self._translated(), self._transaction() as connection:
            for boot_id in {sample.stamp.boot_id for sample in samples}:
                _note_boot(connection, boot_id)
            return [_insert(connection, sample) for sample in samples]

    def _begin_anew(self) -> None:
        with self._translated():
            self._connection.close()
            kept_as = set_aside(self._path)
            _log.error("outbox damaged in use, set aside and begun anew", file=str(self._path), kept_as=str(kept_as))
            self._connection, self.id = open_outbox(self._path)
        self._damaged = False

    def begin_boot(self, stamp: Stamp) -> int:
        """Note this boot and return its number in this outbox, from 1."""
        with self._translated(), self._transaction() as connection:
            _note_boot(connection, stamp.boot_id)
            row = connection.execute("SELECT number FROM boots WHERE boot_id = ?", (stamp.boot_id,)).fetchone()
            return int(row[0])

    def repair(self, stamp: Stamp) -> int:
        """Give every reading without an instant the one that follows from a trusted `stamp`; return how many.

        Within the boot of `stamp`: wall − (uptime then − uptime now). Once the server has confirmed the time, readings
        of earlier boots get what is possible, with bounds, and what is not stored yet and was dated by a clock that
        proved wrong is dated anew.
        """
        if not stamp.trusted:
            return 0
        with self._translated(), self._transaction() as connection:
            return settle(connection, stamp)

    def recalled(self, boot_id: str) -> Recalled:
        """Return what is known of the time from readings already dated."""
        with self._translated(), self._lock:
            return recalled(self._connection, boot_id)

    def has_undated(self) -> bool:
        """Return whether the instant of any reading is not known yet; cheap enough to be asked every second."""
        with self._translated(), self._lock:
            return has_undated(self._connection)

    def undated(self, limit: int, *, boot_id: str, after: int, from_uptime_ms: int) -> list[Kept]:
        """Return the newest readings of a boot whose time is not known, numbered above `after` and taken from
        `from_uptime_ms` on, ascending; their instants are uptimes."""
        with self._translated(), self._lock:
            rows = self._connection.execute(
                "SELECT sequence, probe, value, quality, uptime_ms, 0 FROM readings"
                " WHERE sequence > ? AND boot_id = ? AND at_ms IS NULL AND uptime_ms >= ?"
                " ORDER BY sequence DESC LIMIT ?",
                (after, boot_id, from_uptime_ms, limit),
            ).fetchall()
        return [_kept(row) for row in reversed(rows)]

    def pending(
        self, limit: int, *, from_ms: int = BEGINNING, before_ms: int = END, but_not: Sequences = _NONE
    ) -> list[Kept]:
        """Return unconfirmed readings with an instant from `from_ms` until before `before_ms`, oldest first."""
        with self._translated(), self._lock:
            rows = self._connection.execute(
                "SELECT sequence, probe, value, quality, at_ms, uncertainty_ms FROM readings"
                " WHERE confirmed_ms IS NULL AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, sequence LIMIT ?",
                (from_ms, before_ms, limit + len(but_not)),
            ).fetchall()
        out = set(but_not)
        return [_kept(row) for row in rows if row[0] not in out][:limit]

    def readings(self, sequences: Sequences) -> list[Kept]:
        """Return those of `sequences` that are on the card with a known instant, confirmed or not, ascending."""
        with self._translated(), self._lock:
            rows = [
                row
                for low, high in sequences.ranges
                for row in self._connection.execute(
                    "SELECT sequence, probe, value, quality, at_ms, uncertainty_ms FROM readings"
                    " WHERE at_ms IS NOT NULL AND sequence BETWEEN ? AND ? ORDER BY sequence",
                    (low, high),
                )
            ]
        return [_kept(row) for row in rows]

    def confirm(self, sequences: Sequences, *, now_ms: int, refused: str | None = None) -> int:
        """Note that the server has dealt with `sequences`: stored, or refused with a reason. Return how many were new.

        A reading whose instant is not known yet was never sent, so nothing confirms it.
        """
        return self._mark(
            sequences,
            "UPDATE readings SET confirmed_ms = ?, refused = ? WHERE confirmed_ms IS NULL AND at_ms IS NOT NULL",
            (now_ms, refused),
        )

    def send_again(self, sequences: Sequences) -> int:
        """Make confirmed readings pending again, because the server asks for them; return how many are on the card."""
        self._mark(sequences, "UPDATE readings SET confirmed_ms = NULL WHERE at_ms IS NOT NULL", ())
        return len(self.readings(sequences))

    def held(self, sequences: Sequences) -> Sequences:
        """Return those of `sequences` that are on the card, whether their time is known or not."""
        with self._translated(), self._lock:
            rows = [
                number
                for low, high in sequences.ranges
                for (number,) in self._connection.execute(
                    "SELECT sequence FROM readings WHERE sequence BETWEEN ? AND ?", (low, high)
                )
            ]
        return Sequences.of(rows)

    def waiting(self) -> Sequences:
        """Return the numbers of all that is not confirmed."""
        with self._translated(), self._lock:
            rows = self._connection.execute(
                "SELECT min(sequence), max(sequence) FROM"
                " (SELECT sequence, sequence - row_number() OVER (ORDER BY sequence) AS island FROM readings"
                " WHERE confirmed_ms IS NULL) GROUP BY island ORDER BY 1"
            ).fetchall()
        return Sequences(tuple(rows))

    def _mark(self, sequences: Sequences, update: str, values: tuple[object, ...]) -> int:
        with self._translated(), self._transaction() as connection:
            return sum(
                connection.execute(f"{update} AND sequence BETWEEN ? AND ?", (*values, low, high)).rowcount
                for low, high in sequences.ranges
            )

    def prune(self, *, now_ms: int, keep_days: int) -> int:
        """Delete confirmed readings older than `keep_days`; return how many. What is unconfirmed stays."""
        with self._translated(), self._transaction() as connection:
            before = now_ms - keep_days * _DAY_MS
            return connection.execute(
                "DELETE FROM readings WHERE confirmed_ms < ? AND at_ms < ?", (before, before)
            ).rowcount

    def make_room(self, rows: int) -> int:
        """Delete the `rows` oldest confirmed readings, for a card that is full; return how many there were."""
        with self._translated(), self._transaction() as connection:
            return connection.execute(
                "DELETE FROM readings WHERE sequence IN"
                " (SELECT sequence FROM readings WHERE confirmed_ms IS NOT NULL ORDER BY sequence LIMIT ?)",
                (rows,),
            ).rowcount

    def extent(self) -> Extent:
        """Return how far the outbox reaches and what waits in it."""
        with self._translated(), self._lock:
            low, high = self._connection.execute("SELECT min(sequence), max(sequence) FROM readings").fetchone()
            waiting, timed, oldest = self._connection.execute(
                "SELECT count(*), count(at_ms), min(at_ms) FROM readings WHERE confirmed_ms IS NULL"
            ).fetchone()
        return Extent(
            lowest_sequence=low or 0,
            highest_sequence=high or 0,
            unconfirmed=waiting,
            untimed=waiting - timed,
            oldest_unconfirmed_ms=oldest,
        )

    def depth(self) -> int:
        """Return how many readings are not confirmed yet."""
        return self.extent().unconfirmed

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._damaged = self._damaged or any(word in str(error) for word in _DAMAGE)
            raise OutboxUnavailable(
                f"outbox {self._path}: {error}; free space on the card and check that it is writable"
            ) from error


def _note_boot(connection: sqlite3.Connection, boot_id: str) -> None:
    connection.execute("INSERT OR IGNORE INTO boots SELECT ?, coalesce(max(number), 0) + 1 FROM boots", (boot_id,))


def _insert(connection: sqlite3.Connection, sample: Sample) -> Kept | None:
    stamp, at_ms, shifted = sample.stamp, None, 0
    if stamp.trusted:
        at_ms, shifted = free_instant(connection, sample.probe, stamp.wall_ms)
    uncertainty_ms = marked_ms(stamp.uncertainty_ms) + shifted
    sequence = connection.execute(
        "INSERT INTO readings (probe, value, quality, boot_id, uptime_ms, wall_ms, trusted, at_ms, uncertainty_ms,"
        " shifted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sample.probe,
            sample.value,
            sample.quality.value,
            stamp.boot_id,
            stamp.uptime_ms,
            stamp.wall_ms,
            stamp.source.value if stamp.trusted else 0,
            at_ms,
            uncertainty_ms,
            shifted,
        ),
    ).lastrowid
    if at_ms is None or sequence is None:
        return None
    reading = Reading(probe=sample.probe, at_ms=at_ms, value=sample.value, quality=sample.quality)
    return Kept(sequence=sequence, reading=reading, uncertainty_ms=uncertainty_ms)


def _kept(row: tuple[int, str, float | None, str, int, int]) -> Kept:
    sequence, probe, value, quality, at_ms, uncertainty_ms = row
    reading = Reading(probe=ProbeUrn(probe), at_ms=at_ms, value=value, quality=Quality(quality))
    return Kept(sequence=sequence, reading=reading, uncertainty_ms=uncertainty_ms)
