"""The outbox's tables, and opening its file: one that is damaged is set aside whole."""

import sqlite3
import uuid
from pathlib import Path

import structlog

from coldchain_device.errors import OutboxCorrupted

_log = structlog.get_logger()

# `trusted` is who told the time, a `timekeeping.Source`, 0 nobody. `confirmed_ms` is null until the server has said
# `stored` or `refused`. AUTOINCREMENT never gives a number twice, even after the rows with the highest ones are gone.
# The instant leads its index, so that a round of all probes changes one page of it and not one page a probe: a third
# less is written to the card.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS boots (
    boot_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS readings (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    probe TEXT NOT NULL,
    value REAL,
    quality TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    uptime_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    trusted INTEGER NOT NULL,
    at_ms INTEGER,
    uncertainty_ms INTEGER NOT NULL DEFAULT 0,
    shifted INTEGER NOT NULL DEFAULT 0,
    confirmed_ms INTEGER,
    refused TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_instant_each ON readings (at_ms, probe);
CREATE INDEX IF NOT EXISTS waiting ON readings (at_ms, sequence) WHERE confirmed_ms IS NULL;
"""


def open_outbox(path: Path) -> tuple[sqlite3.Connection, uuid.UUID]:
    """Open or begin the outbox at `path` and return it with its identity.

    A file that fails SQLite's integrity check is renamed, with what belongs to it, and a new one is begun under a new
    identity: refusing to start would lose more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path)
    except OutboxCorrupted as error:
        _log.error("outbox damaged, set aside and begun anew", file=str(path), kept_as=str(set_aside(path)), why=error)
        return _opened(path)


def set_aside(path: Path) -> Path:
    """Rename the outbox and the two files SQLite keeps beside it; return the new name."""
    number = next(n for n in range(1, 1_000_000) if not path.with_name(f"{path.name}.damaged-{n}").exists())
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.damaged-{number}{suffix}"))
    return path.with_name(f"{path.name}.damaged-{number}")


def _opened(path: Path) -> tuple[sqlite3.Connection, uuid.UUID]:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    try:
        _check(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        return connection, _identity(connection)
    except (sqlite3.DatabaseError, ValueError) as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # the disk is full, the folder read-only, the file locked
            raise
        raise OutboxCorrupted(f"{path}: {error}") from error


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _identity(connection: sqlite3.Connection) -> uuid.UUID:
    connection.execute("INSERT INTO outbox SELECT ? WHERE NOT EXISTS (SELECT 1 FROM outbox)", (str(uuid.uuid4()),))
    return uuid.UUID(connection.execute("SELECT id FROM outbox").fetchone()[0])
