"""The tables of the spool's file, and opening it so that a commit is durable."""

import sqlite3
from pathlib import Path

_BUSY_S = 30
_WAL_TRIALS = 5

CONSUMERS = ("writing", "judging")
"""The stages that read the spool; a row goes when all of them are past it."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pack (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS live (
    position INTEGER PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS cursor (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received (
    outbox BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (outbox, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (
    outbox BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (outbox, first, last)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anew (
    outbox BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (outbox, first, last)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS total (
    name TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY,
    probe TEXT NOT NULL,
    quantity TEXT NOT NULL,
    UNIQUE (probe, quantity)
);
CREATE TABLE IF NOT EXISTS taken (
    series INTEGER NOT NULL,
    span INTEGER NOT NULL,
    offsets BLOB NOT NULL,
    PRIMARY KEY (series, span)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken_in_crowd (
    series INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (series, at_ms)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    times INTEGER NOT NULL,
    payload BLOB NOT NULL,
    length INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    outbox BLOB,
    sequences TEXT NOT NULL,
    UNIQUE (device, topic, reason, sha256, sequences)
);
CREATE TABLE IF NOT EXISTS usage (
    device TEXT PRIMARY KEY,
    entries INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS overflow (
    device TEXT PRIMARY KEY,
    entries INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    since_ms INTEGER NOT NULL
) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the spool's file, creating it and its folder; every commit reaches the disk before it returns.

    Any thread may use the connection, one at a time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        connection.executemany(
            "INSERT INTO cursor VALUES (?, 0) ON CONFLICT DO NOTHING", [(consumer,) for consumer in CONSUMERS]
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Change the file to WAL. Where another process does so too, SQLite fails at once instead of waiting."""
    for _ in range(_WAL_TRIALS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        connection.executescript("BEGIN IMMEDIATE; COMMIT;")  # this one does wait, until the other is done
    connection.execute("PRAGMA journal_mode=WAL")
