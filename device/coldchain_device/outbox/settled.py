"""Which numbers of an outbox nothing waits for any more, and why: a few ranges instead of a mark on every row."""

import enum
import sqlite3
from collections.abc import Collection

from coldchain_contract.sequences import Sequences

DAY_MS = 86_400_000
_LONGEST_REASON = 200


class Fate(enum.Enum):
    """What became of a reading."""

    STORED = "stored"  # the server has it, the card may have it too
    REFUSED = "refused"  # the server will not have it
    GONE = "gone"  # it was one of these, and has left the card since
    LOST = "lost"  # no longer on the card, and never known to be stored


ON_CARD = (Fate.STORED, Fate.REFUSED)


def settle(connection: sqlite3.Connection, sequences: Sequences, fate: Fate, *, day: int, reason: str = "") -> None:
    """Note what became of `sequences`, whatever was noted before; ranges that touch and say the same become one."""
    reason = reason[:_LONGEST_REASON]
    unsettle(connection, sequences)
    for low, high in sequences.ranges:
        around = connection.execute(
            "SELECT min(first), max(last) FROM settled"
            " WHERE (last = ? OR first = ?) AND fate = ? AND day = ? AND reason = ?",
            (low - 1, high + 1, fate.value, day, reason),
        ).fetchone()
        first, last = min(low, around[0] or low), max(high, around[1] or high)
        connection.execute("DELETE FROM settled WHERE first BETWEEN ? AND ?", (first, last))
        _note(connection, first, last, (day, fate.value, reason))


def unsettle(connection: sqlite3.Connection, sequences: Sequences) -> None:
    """Have `sequences` wait again, or for the first time."""
    for low, high in sequences.ranges:
        for first, last, *rest in connection.execute(
            "SELECT first, last, day, fate, reason FROM settled WHERE first <= ? AND last >= ?", (high, low)
        ).fetchall():
            connection.execute("DELETE FROM settled WHERE first = ?", (first,))
            if first < low:
                _note(connection, first, low - 1, tuple(rest))
            if last > high:
                _note(connection, high + 1, last, tuple(rest))


def settled(
    connection: sqlite3.Connection, fates: Collection[Fate] = tuple(Fate), *, before_day: int = 2**62
) -> Sequences:
    """Return the numbers that had one of `fates` before a day, counted from 1970."""
    marks = ", ".join("?" * len(fates))
    return Sequences.joined(
        connection.execute(
            f"SELECT first, last FROM settled WHERE fate IN ({marks}) AND day < ?",  # noqa: S608 - marks only
            (*(fate.value for fate in fates), before_day),
        )
    )


def refused(connection: sqlite3.Connection) -> dict[str, Sequences]:
    """Return the numbers that were refused, by reason."""
    reasons: dict[str, list[tuple[int, int]]] = {}
    for first, last, reason in connection.execute(
        "SELECT first, last, reason FROM settled WHERE fate = ? ORDER BY first", (Fate.REFUSED.value,)
    ):
        reasons.setdefault(reason, []).append((first, last))
    return {reason: Sequences.joined(ranges) for reason, ranges in reasons.items()}


def waiting(connection: sqlite3.Connection) -> Sequences:
    """Return the numbers of all that is on the card and not settled."""
    return Sequences.span(1, highest(connection)) - settled(connection)


def highest(connection: sqlite3.Connection) -> int:
    """Return the highest number ever given. Its row is never deleted, so that no number is given twice."""
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM readings").fetchone()[0])


def _note(connection: sqlite3.Connection, first: int, last: int, rest: tuple[object, ...]) -> None:
    connection.execute(
        "INSERT INTO settled (first, last, day, fate, reason) VALUES (?, ?, ?, ?, ?)", (first, last, *rest)
    )
