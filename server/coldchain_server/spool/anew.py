"""Which sequence numbers are to be spooled once more when they come again, because the store has lost them."""

import sqlite3
from uuid import UUID

from coldchain_contract.sequences import Sequences

_TOUCHING = "SELECT first, last FROM anew WHERE outbox = ? AND first <= ? AND last >= ?"


def want(connection: sqlite3.Connection, outbox: UUID, sequences: Sequences) -> None:
    """Remember that `sequences` are wanted anew."""
    rows = [(outbox.bytes, first, last) for first, last in sequences.ranges]
    connection.executemany("INSERT OR IGNORE INTO anew VALUES (?, ?, ?)", rows)


def take(connection: sqlite3.Connection, outbox: UUID, sequences: Sequences) -> Sequences:
    """Return those of `sequences` that were wanted, and want them no longer."""
    if not sequences.ranges:
        return sequences
    lowest, highest = sequences.ranges[0][0], sequences.ranges[-1][1]
    rows = connection.execute(_TOUCHING, (outbox.bytes, highest, lowest)).fetchall()
    wanted = Sequences.joined(rows)
    taken = wanted & sequences
    if taken.ranges:
        spans = [(outbox.bytes, first, last) for first, last in rows]
        connection.executemany("DELETE FROM anew WHERE outbox = ? AND first = ? AND last = ?", spans)
        want(connection, outbox, wanted - taken)
    return taken
