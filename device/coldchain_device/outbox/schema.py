"""The outbox's tables, and opening its file."""

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from coldchain_device.errors import OutboxCorrupted
from coldchain_device.outbox.aside import is_bereft, log_of, note_identity
from coldchain_device.outbox.rows import checksum_of

PAGE_BYTES = 512
"""A commit writes whole pages: small ones mean a quarter of the bytes that pages of 4096 would."""
_FORMAT = 1
LOG_BYTES, _LARGEST_LOG_BYTES = 1024**2, 4 * 1024**2
"""How long the write-ahead log is before it is written back, and what of it is kept after it had to grow."""
_CACHE_KIB = 128
"""A page that is wanted again is in the system's cache anyway, which is no memory of the agent's."""

# Each commit writes every page it touches, so there are few: the instant leads its index, so that a round of all probes
# changes one page of it; what is settled stands in ranges of its own; and numbers are never given twice because the row
# with the highest one is never deleted, which needs no page, as AUTOINCREMENT does.
# `trusted` is who told the time, a `timekeeping.Source`, 0 nobody. `probe` is written as by `rows.key_of`.
# `day` counts from 1970. Checksums are for salvage: see `rows.checksum_of`.
_SCHEMA = """
CREATE TABLE outbox (id TEXT NOT NULL);
CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL UNIQUE
);
CREATE TABLE readings (
    sequence INTEGER PRIMARY KEY,
    probe NOT NULL,
    value REAL,
    quality TEXT NOT NULL,
    boot INTEGER NOT NULL,
    uptime_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    trusted INTEGER NOT NULL,
    at_ms INTEGER,
    uncertainty_ms INTEGER NOT NULL DEFAULT 0,
    shifted INTEGER NOT NULL DEFAULT 0,
    checksum INTEGER
);
CREATE UNIQUE INDEX one_instant_each ON readings (at_ms, probe);
CREATE TABLE settled (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    day INTEGER NOT NULL,
    fate TEXT NOT NULL,
    reason TEXT NOT NULL,
    checksum INTEGER
);
"""
SUMMED = {
    "readings": (
        "sequence", "probe", "value", "quality", "boot", "uptime_ms", "wall_ms", "trusted", "at_ms", "uncertainty_ms",
        "shifted",
    ),
    "settled": ("first", "last", "day", "fate", "reason"),
}  # fmt: skip
"""The columns that go into a row's checksum, in their order; the checksum itself is the last column."""


def open_outbox(path: Path, *, most_bytes: int) -> tuple[sqlite3.Connection, uuid.UUID]:
    """Open or begin the outbox at `path`, which may grow to `most_bytes`, and return it with its identity.

    `OutboxCorrupted` where the file fails SQLite's integrity check, is none of ours, or is gone though it was begun.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_bereft(path):
        raise OutboxCorrupted(f"{path}: it was begun once, and is empty now")
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # heeded by a new file only
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")  # before the check, which would fill any
        _check(connection)
        for pragma, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {pragma} = {value}")
        connection.execute(f"PRAGMA max_page_count = {most_bytes // PAGE_BYTES}")
        identity = _identity(connection) or begin(connection, uuid.uuid4())
        _sum_rows(connection, identity)
        note_identity(path, identity)
        return connection, identity
    except (sqlite3.DatabaseError, ValueError) as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # the disk is full, the folder read-only, the file locked
            raise
        raise OutboxCorrupted(f"{path}: {error}") from error


def open_to_read(path: Path) -> tuple[sqlite3.Connection, uuid.UUID]:
    """Open an outbox that is there, to read only; where its folder cannot be written either, and there is no log to be
    heeded, as it lies there."""
    log = log_of(path)
    as_it_lies = () if log.exists() and log.stat().st_size else ("mode=ro&immutable=1",)
    for how in ("mode=ro", *as_it_lies):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, check_same_thread=False, timeout=10)
        try:
            return connection, uuid.UUID(connection.execute("SELECT id FROM outbox").fetchone()[0])
        except sqlite3.Error as error:
            connection.close()
            reason = error
    raise reason


_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "wal_autocheckpoint": LOG_BYTES // PAGE_BYTES,
    "journal_size_limit": _LARGEST_LOG_BYTES,
}


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def begin(connection: sqlite3.Connection, identity: uuid.UUID) -> uuid.UUID:
    """Make an empty database an outbox."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    _sum_rows(connection, identity)
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*_SCHEMA.split(";\n"), *_triggers(), f"PRAGMA user_version = {_FORMAT}"):
        connection.execute(statement)
    connection.execute("INSERT INTO outbox VALUES (?)", (str(identity),))
    connection.execute("COMMIT")
    return identity


def _identity(connection: sqlite3.Connection) -> uuid.UUID | None:
    """Return the identity of the outbox; None for a file that is new."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == _FORMAT:
        return uuid.UUID(connection.execute("SELECT id FROM outbox").fetchone()[0])
    if version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError(f"an outbox of another version ({version}, not {_FORMAT})")
    return None


def _sum_rows(connection: sqlite3.Connection, identity: uuid.UUID) -> None:
    connection.create_function("checksum_of", -1, checksum_of(identity), deterministic=True)


def _triggers() -> Iterator[str]:
    """Have every row keep its checksum, whoever writes it."""
    for table, columns in SUMMED.items():
        listed = ", ".join(columns)
        for event in ("INSERT", f"UPDATE OF {listed}"):
            yield (
                f"CREATE TRIGGER {table}_summed_after_{event.split()[0].lower()} AFTER {event} ON {table} BEGIN"  # noqa: S608
                f" UPDATE {table} SET checksum = checksum_of({listed}) WHERE {columns[0]} = NEW.{columns[0]}; END"
            )
