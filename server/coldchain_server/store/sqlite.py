"""The embedded store: one SQLite file, for a first run, a single cooperative or a laptop without servers."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any
from uuid import UUID

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Quantity, Reading
from coldchain_server.columns import Columns
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.store.acceptance import clamped, sorted_out
from coldchain_server.store.curves import Cut
from coldchain_server.store.points import Block, Points
from coldchain_server.store.protocol import Bucket, Point, Refusal

_VERSION = 1
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, probe TEXT NOT NULL, quantity TEXT NOT NULL, UNIQUE (probe, quantity)
) STRICT;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS reading (
    series INTEGER NOT NULL, at_ms INTEGER NOT NULL, sequence INTEGER NOT NULL, outbox INTEGER,
    value REAL, fault TEXT, uncertainty_ms INTEGER NOT NULL, PRIMARY KEY (series, at_ms)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
"""
_COLUMNS = """
SELECT probe, quantity, at_ms, value, fault, sequence, uncertainty_ms, uuid
FROM series JOIN reading ON reading.series = series.id LEFT JOIN outbox ON outbox.id = reading.outbox
"""
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}


class SqliteStore:
    """Keeps readings in one SQLite file (WAL, FULL): what `write` has returned from survives a power cut.

    Several processes may open the same file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    def prepare(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreRefused(f"store {self.path}: {error}; create the folder, owned by this user") from error
        with self._connection() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise StoreRefused(f"store {self.path} has version {version}, not {_VERSION}: upgrade this software")
            if version == 0:
                connection.executescript(_SCHEMA)

    def write(self, points: Sequence[Point]) -> list[Refusal]:
        good, refusals = sorted_out(points)
        if good:
            with self._connection() as connection, _transaction(connection):
                series, outboxes = _series_ids(connection, good), _outbox_ids(connection, good)
                connection.executemany(
                    "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [row for block in good.blocks for row in _rows(block, series, outboxes)],
                )
        return refusals

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = 100_000) -> list[Point]:
        where = "WHERE probe = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, quantity LIMIT ?"
        with self._connection() as connection:
            rows = connection.execute(_COLUMNS + where, (probe, clamped(start_ms), clamped(end_ms), limit))
            return [_point(row) for row in rows]

    def curve(self, probe: ProbeUrn, start_ms: int, end_ms: int, buckets: int) -> list[Bucket]:
        cut = Cut(start_ms, end_ms, buckets)
        select = """
            SELECT (at_ms - :start) / :width AS n, count(value), min(value), avg(value), max(value)
            FROM series JOIN reading ON reading.series = series.id
            WHERE probe = :probe AND at_ms >= :start AND at_ms < :end AND value IS NOT NULL GROUP BY n ORDER BY n
        """
        asked = {"probe": probe, "start": cut.start_ms, "end": cut.end_ms, "width": cut.width_ms}
        with self._connection() as connection:
            return [
                cut.bucket(cut.start_ms + n * cut.width_ms, count=count, lowest=lowest, mean=mean, highest=highest)
                for n, count, lowest, mean, highest in connection.execute(select, asked)
            ]

    def latest(self, probes: Iterable[ProbeUrn]) -> dict[ProbeUrn, Point]:
        newest = """
            WHERE probe = ? AND at_ms = (SELECT max(at_ms) FROM reading WHERE series = series.id)
            ORDER BY at_ms DESC LIMIT 1
        """
        with self._connection() as connection:
            found = ((probe, connection.execute(_COLUMNS + newest, (probe,)).fetchone()) for probe in set(probes))
            return {probe: _point(row) for probe, row in found if row}

    def probes(self) -> list[ProbeUrn]:
        with self._connection() as connection:
            return [ProbeUrn(row[0]) for row in connection.execute("SELECT DISTINCT probe FROM series ORDER BY probe")]

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection nobody else uses; more are opened only when more threads ask at once."""
        with _translated(self.path):
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = _opened(self.path)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.put(connection)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _PASSING:
            raise StoreUnavailable(f"store {path}: {error}; is the disk full, or is it in use?") from error
        raise StoreRefused(f"store {path}: {error}; see that the file is ours to write, or restore a backup") from error


def _series_ids(connection: sqlite3.Connection, points: Points) -> dict[tuple[str, str], int]:
    names = {(probe, quantity.value) for block in points.blocks for probe, quantity in block.columns.series}
    connection.executemany("INSERT OR IGNORE INTO series (probe, quantity) VALUES (?, ?)", sorted(names))
    select = "SELECT id FROM series WHERE probe = ? AND quantity = ?"
    return {name: connection.execute(select, name).fetchone()[0] for name in names}


def _outbox_ids(connection: sqlite3.Connection, points: Points) -> dict[UUID | None, int | None]:
    outboxes = {block.outbox for block in points.blocks if block.outbox is not None}
    connection.executemany("INSERT OR IGNORE INTO outbox (uuid) VALUES (?)", [(outbox.bytes,) for outbox in outboxes])
    select = "SELECT id FROM outbox WHERE uuid = ?"
    ids: dict[UUID | None, int | None] = {None: None}
    for outbox in outboxes:
        (ids[outbox],) = connection.execute(select, (outbox.bytes,)).fetchone()
    return ids


def _rows(
    block: Block, series: dict[tuple[str, str], int], outboxes: dict[UUID | None, int | None]
) -> list[tuple[object, ...]]:
    columns, outbox, uncertainty_ms = block.columns, outboxes[block.outbox], block.uncertainty_ms
    ids = [series[probe, quantity.value] for probe, quantity in columns.series]
    faults = [None] * len(columns) if not columns.faults else _faults(columns)
    rows = zip(columns.which, columns.at_ms, columns.numbers, columns.values, faults, strict=True)
    return [
        (ids[which], at_ms, number, outbox, value, fault, uncertainty_ms) for which, at_ms, number, value, fault in rows
    ]


def _faults(columns: Columns) -> list[str | None]:
    qualities = map(columns.faults.get, range(len(columns)))
    return [None if quality is None else quality.value for quality in qualities]


def _point(row: tuple[Any, ...]) -> Point:
    probe, quantity, at_ms, value, fault, sequence, uncertainty_ms, outbox = row
    reading = Reading(
        probe=ProbeUrn(probe),
        at_ms=at_ms,
        value=value,
        quality=Quality(fault) if fault else Quality.OK,
        quantity=Quantity(quantity),
    )
    return Point(
        reading=reading,
        sequence=sequence,
        uncertainty_ms=uncertainty_ms,
        outbox=UUID(bytes=outbox) if outbox else None,
    )
