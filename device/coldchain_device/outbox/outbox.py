"""The outbox: one SQLite file on the card, durable commits, numbers that are never given twice."""

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog

from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.errors import OutboxCorrupted, OutboxUnavailable
from coldchain_device.outbox.aside import set_aside
from coldchain_device.outbox.model import Kept, Sample
from coldchain_device.outbox.reader import OutboxReader, translated
from coldchain_device.outbox.repair import datable, date, known_of
from coldchain_device.outbox.reserve import Reserve
from coldchain_device.outbox.rows import free_instant, key_of, numbered
from coldchain_device.outbox.schema import LOG_BYTES, PAGE_BYTES, open_outbox
from coldchain_device.outbox.settled import DAY_MS, ON_CARD, Fate, highest, settle, settled, unsettle, waiting
from coldchain_device.timekeeping import Known, Source, marked_ms, rounded_ms

_log = structlog.get_logger()
T = TypeVar("T")
_DAMAGE = ("malformed", "not a database")
MOST_BYTES = 256 * 1024**2
"""Some nineteen months of four probes a minute."""
_DATED_AT_ONCE = 1000
_BEYOND_BYTES = 1024**2


class Outbox(OutboxReader):
    """Samples from commit to confirmation. Thread-safe; one process at a time writes.

    Every method raises `OutboxUnavailable` where the card cannot take or give anything now. A file found damaged is set
    aside, when it is opened or by the next `add`, and a new one is begun under a new identity: refusing to start would
    lose more. One that is `sealed` is added to no more: `OutboxCorrupted` where it is found damaged when opened.
    """

    def __init__(
        self, path: Path, *, most_bytes: int = MOST_BYTES, reserve: Reserve | None = None, sealed: bool = False
    ) -> None:
        self._most_bytes, self._reserve, self.damaged = most_bytes, reserve, False
        self._checked: Stamp | None = None  # the newest that rests on the server's word
        with translated(path):
            try:
                connection, identity = self._opened(path)
            except OutboxCorrupted as error:
                if sealed:
                    raise
                _log.error("outbox damaged, set aside and begun anew", kept_as=str(set_aside(path)), why=error)
                connection, identity = self._opened(path)
        super().__init__(path, connection, identity)

    def _opened(self, path: Path) -> tuple[sqlite3.Connection, UUID]:
        """Open the file; SQLite needs some room beside it even for that."""
        try:
            return open_outbox(path, most_bytes=self._most_bytes)
        except sqlite3.OperationalError:
            if self._reserve is None or not self._reserve.held():
                raise
        with self._reserve_released():
            return open_outbox(path, most_bytes=self._most_bytes)

    def add(self, samples: Sequence[Sample]) -> list[Kept | None]:
        """Commit one round and return its readings in order; None for one whose time is not known yet."""
        with self._lock:
            if not self.damaged:
                try:
                    return self._added(samples)
                except OutboxUnavailable:
                    if not self.damaged:
                        raise
            self._begin_anew()
            return self._added(samples)

    def _added(self, samples: Sequence[Sample]) -> list[Kept | None]:
        self._check_room()
        with self._transaction() as connection:
            boots = {boot_id: _number(connection, boot_id) for boot_id in {one.stamp.boot_id for one in samples}}
            return [_insert(connection, self._by_server(one), boots[one.stamp.boot_id]) for one in samples]

    def _by_server(self, sample: Sample) -> Sample:
        """Return `sample` as the server's word has it, where that came between its stamp and its commit.

        What was dated before is dated anew by `repair`, in a transaction of its own: one that is added after that, with
        a stamp from before, would leave as a wrong clock had it.
        """
        stamp, checked = sample.stamp, self._checked
        if checked is None or checked.boot_id != stamp.boot_id or (stamp.trusted and stamp.source is Source.SERVER):
            return sample
        known = known_of(checked)
        by_server = msgspec.structs.replace(
            checked,
            uptime_ms=stamp.uptime_ms,
            wall_ms=rounded_ms(known.began_ms + stamp.uptime_ms),
            uncertainty_ms=known.uncertainty_at(stamp.uptime_ms),
        )
        return msgspec.structs.replace(sample, stamp=by_server)

    def _check_room(self) -> None:
        """Refuse samples that would fit into the log, and then not from the log into the file.

        Once that has happened nothing more can be written, not even what makes room. Room inside the file counts, too.
        """
        with self._translated():
            free = shutil.disk_usage(self.path.parent).free
            if free < 2 * LOG_BYTES and self._free_inside() < LOG_BYTES:
                raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}, but for {free} bytes")

    def _free_inside(self) -> int:
        return int(self._connection.execute("PRAGMA freelist_count").fetchone()[0]) * PAGE_BYTES

    def _begin_anew(self) -> None:
        with self._translated():
            self._connection.close()
            _log.error("outbox damaged in use, set aside and begun anew", kept_as=str(set_aside(self.path)))
            self._connection, self.id = self._opened(self.path)
        self.damaged = False

    def begin_boot(self, stamp: Stamp) -> int:
        """Note this boot and return its number in this outbox, from 1."""
        return self._written(lambda connection: _number(connection, stamp.boot_id))

    def repair(self, stamp: Stamp) -> int:
        """Give every reading without an instant the one that follows from a trusted `stamp`; return how many.

        Within the boot of `stamp`: wall − (uptime then − uptime now). Once the server has confirmed the time, readings
        of earlier boots get what is possible, with bounds, and what is not stored yet and was dated by a clock that
        proved wrong is dated anew.
        """
        if not stamp.trusted:
            return 0
        with self._transaction() as connection:
            boots = datable(connection, stamp)
            self._checked = stamp if stamp.source is Source.SERVER else None
        return sum(dated for boot_id, known in boots for dated in self._dated(boot_id, known))

    def _dated(self, boot_id: str, known: Known) -> Iterator[int]:
        """Date the readings of one boot, and let whoever wants to add a round do so in between: three weeks without
        the time are 120,000 readings, and minutes on a small Pi."""
        dated = [0]
        while dated:
            with self._transaction() as connection:
                dated = date(connection, boot_id, known, after=dated[-1], limit=_DATED_AT_ONCE)
            yield len(dated)
            time.sleep(0.001)  # or this thread would have the lock again before another one wakes

    def confirm(self, sequences: Sequences, *, now_ms: int, refused: str | None = None) -> int:
        """Note that the server has dealt with `sequences`: stored, or refused with a reason. Return how many were new.

        A reading whose instant is not known yet was never sent, so nothing confirms it.
        """

        def confirm(connection: sqlite3.Connection) -> int:
            new = (sequences & waiting(connection)) - _untimed(connection, sequences)
            fate = Fate.STORED if refused is None else Fate.REFUSED
            settle(connection, new, fate, day=now_ms // DAY_MS, reason=refused or "")
            return len(new)

        return self._written(confirm)

    def send_again(self, sequences: Sequences) -> int:
        """Make confirmed readings pending again, because the server asks for them; return how many are on the card."""

        def send_again(connection: sqlite3.Connection) -> int:
            held = self.held(sequences)
            unsettle(connection, held)
            return len(held - _untimed(connection, held))

        return self._written(send_again)

    def prune(self, *, now_ms: int, keep_days: int) -> int:
        """Delete what was confirmed and taken more than `keep_days` ago; return how many. What is unconfirmed stays."""

        def prune(connection: sqlite3.Connection) -> int:
            old = settled(connection, ON_CARD, before_day=now_ms // DAY_MS - keep_days)
            return _delete(connection, old, taken_before_ms=now_ms - keep_days * DAY_MS)

        return self._written(prune)

    def make_room(self, rows: int) -> int:
        """Delete the `rows` oldest confirmed readings, for a card that is full; return how many there were."""
        return self._written(
            lambda connection: _delete(connection, _oldest(connection, rows, settled(connection, ON_CARD)))
        )

    def give_up(self, rows: int, *, taken_before_ms: int) -> Sequences:
        """Delete the `rows` oldest readings that wait and were taken before an instant; return which are lost."""

        def give_up(connection: sqlite3.Connection) -> Sequences:
            oldest, top = self.pending(rows, before_ms=taken_before_ms), highest(connection)
            lost = Sequences.of(one.sequence for one in oldest if one.sequence != top)
            _delete(connection, lost)
            settle(connection, lost, Fate.LOST, day=taken_before_ms // DAY_MS, reason="no room on the card")
            return lost

        return self._written(give_up)

    def _written(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in one transaction; where the card or the outbox is full, with the room that is kept for it.

        Never for samples: these would use it up, and then nothing could make room any more.
        """
        with self._lock:
            try:
                with self._transaction() as connection:
                    return work(connection)
            except OutboxUnavailable as error:
                if self.damaged or not isinstance(error.__cause__, sqlite3.OperationalError):
                    raise
            with self._translated(), self._reserve_released(), self._unbounded():
                with self._transaction() as connection:
                    done = work(connection)
                self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
                return done

    @contextlib.contextmanager
    def _reserve_released(self) -> Iterator[None]:
        """Give up the reserve, and take of it again what there is when done."""
        if self._reserve is not None:
            self._reserve.release()
        try:
            yield
        finally:
            if self._reserve is not None:
                self._reserve.hold()

    @contextlib.contextmanager
    def _unbounded(self) -> Iterator[None]:
        """Let the file grow beyond its bound by what noting and deleting may take."""
        self._connection.execute(f"PRAGMA max_page_count = {(self._most_bytes + _BEYOND_BYTES) // PAGE_BYTES}")
        try:
            yield
        finally:
            self._connection.execute(f"PRAGMA max_page_count = {self._most_bytes // PAGE_BYTES}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._lock:
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
        with translated(self.path):
            try:
                yield
            except sqlite3.Error as error:
                self.damaged = self.damaged or any(word in str(error) for word in _DAMAGE)
                raise


def _number(connection: sqlite3.Connection, boot_id: str) -> int:
    """Return the number of a boot in this outbox, which is given here if it is new."""
    row = connection.execute("SELECT number FROM boots WHERE boot_id = ?", (boot_id,)).fetchone()
    if row is not None:
        return int(row[0])
    return int(connection.execute("INSERT INTO boots (boot_id) VALUES (?) RETURNING number", (boot_id,)).fetchone()[0])


def _insert(connection: sqlite3.Connection, sample: Sample, boot: int) -> Kept | None:
    stamp, at_ms, shifted, key = sample.stamp, None, 0, key_of(sample.probe)
    if stamp.trusted:
        at_ms, shifted = free_instant(connection, key, stamp.wall_ms)
    uncertainty_ms = marked_ms(stamp.uncertainty_ms) + shifted
    sequence = connection.execute(
        "INSERT INTO readings (probe, value, quality, boot, uptime_ms, wall_ms, trusted, at_ms, uncertainty_ms,"
        " shifted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            sample.value,
            sample.quality.value,
            boot,
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


def _untimed(connection: sqlite3.Connection, sequences: Sequences) -> Sequences:
    return sequences & numbered(connection, "at_ms IS NULL")


def _oldest(connection: sqlite3.Connection, rows: int, among: Sequences) -> Sequences:
    spans, left = [], rows
    for low, high in among.ranges:
        first, last, count = connection.execute(
            "SELECT min(sequence), max(sequence), count(*) FROM"
            " (SELECT sequence FROM readings WHERE sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?)",
            (low, high, left),
        ).fetchone()
        if count:
            spans.append((first, last))
            left -= count
        if not left:
            break
    return Sequences(tuple(spans))


def _delete(connection: sqlite3.Connection, sequences: Sequences, *, taken_before_ms: int = 2**62) -> int:
    """Delete rows, but never that of the highest number, and note what was confirmed and has gone."""
    top, deleted = highest(connection), 0
    for low, high in sequences.ranges:
        deleted += connection.execute(
            "DELETE FROM readings WHERE sequence BETWEEN ? AND ? AND at_ms < ? AND sequence < ?",
            (low, high, taken_before_ms, top),
        ).rowcount
    lowest = connection.execute("SELECT coalesce(min(sequence), 1) FROM readings").fetchone()[0]
    gone = Sequences.span(1, lowest - 1) & settled(connection, ON_CARD)
    settle(connection, gone, Fate.GONE, day=0)
    return deleted
