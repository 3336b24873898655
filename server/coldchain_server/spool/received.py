"""Which sequence numbers of which outbox have been received: the memory that makes a reading count once."""

import sqlite3
from uuid import UUID

from coldchain_contract.pack import EARLIEST_MS
from coldchain_contract.sequences import Sequences

_TOUCHING = """
SELECT first, last FROM received
WHERE outbox = :outbox AND first <= :last + 1
  AND first >= coalesce((SELECT max(first) FROM received WHERE outbox = :outbox AND first <= :first), 0)
  AND last >= :first - 1
"""


REMEMBERED_INSTANTS_MS = 400 * 24 * 3600 * 1000
"""How long a number that is an instant is remembered: a logger's file may be a year old when it is brought again."""


def record(connection: sqlite3.Connection, outbox: UUID, sequences: Sequences) -> Sequences:
    """Remember `sequences` as received and return those that had not been. The cost does not grow with the outbox."""
    fresh = Sequences()
    for first, last in sequences.ranges:
        new = _record_range(connection, outbox.bytes, (first, last))
        fresh = fresh | new if fresh.ranges else new
    return fresh


def received(connection: sqlite3.Connection, outbox: UUID) -> Sequences:
    """Return all that has been received of `outbox`."""
    rows = connection.execute("SELECT first, last FROM received WHERE outbox = ? ORDER BY first", (outbox.bytes,))
    return Sequences(tuple(rows))


def forget_instants(connection: sqlite3.Connection, before_ms: int) -> None:
    """Drop numbers that are instants before `before_ms`.

    Sources number readings by their instants, each a range of its own, which would grow for ever; no device counts
    that far. What comes again after all is the same point in the store, and late for judging.
    """
    connection.execute("DELETE FROM received WHERE first >= ? AND last < ?", (EARLIEST_MS, before_ms))


def _record_range(connection: sqlite3.Connection, outbox: bytes, span: tuple[int, int]) -> Sequences:
    first, last = span
    touching = connection.execute(_TOUCHING, {"outbox": outbox, "first": first, "last": last}).fetchall()
    fresh = Sequences.span(first, last) - Sequences(tuple(touching))
    if not fresh.ranges:
        return fresh
    connection.executemany(
        "DELETE FROM received WHERE outbox = ? AND first = ?", [(outbox, low) for low, _ in touching]
    )
    low = min([first, *(low for low, _ in touching)])
    high = max([last, *(high for _, high in touching)])
    connection.execute("INSERT INTO received VALUES (?, ?, ?)", (outbox, low, high))
    return fresh
