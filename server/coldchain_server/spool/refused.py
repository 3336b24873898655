"""Which sequence numbers of which outbox were refused: dealt with, though nothing of them is kept for long."""

import sqlite3
from uuid import UUID

from coldchain_contract.sequences import Sequences


def record(connection: sqlite3.Connection, outbox: UUID, sequences: Sequences) -> None:
    """Remember `sequences` as refused."""
    rows = [(outbox.bytes, first, last) for first, last in sequences.ranges]
    connection.executemany("INSERT OR IGNORE INTO refused VALUES (?, ?, ?)", rows)


def refused(connection: sqlite3.Connection, outbox: UUID) -> Sequences:
    """Return all that was ever refused of `outbox`; some of it may have been received since."""
    rows = connection.execute("SELECT first, last FROM refused WHERE outbox = ?", (outbox.bytes,)).fetchall()
    return Sequences.joined(rows)
