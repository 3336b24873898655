"""Which instants of which probe are taken, so that two readings of one probe never share a place in the store."""

import sqlite3
from array import array

import msgspec

from coldchain_server.columns import Columns, Series

REMEMBERED_MS = 31 * 24 * 3600 * 1000
"""How far back taken instants are remembered, counted from the newest receipt; older ones are forgotten once a day."""

_SPAN_BITS = 20
"""Instants of one series are kept together by spans of 2^20 ms, some 17 minutes: about what one pack holds of it."""

_OFFSET = (1 << _SPAN_BITS) - 1
_MOST_IN_A_SPAN = 1024
"""Past these a span is crowded: whatever a probe sends, no more than this is read and written anew for a pack."""

_FOUND = "SELECT offsets FROM taken WHERE series = ? AND span = ?"
_ADD = """
INSERT INTO taken VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET offsets = CAST(offsets || excluded.offsets AS BLOB)
"""
_TAKE_IN_CROWD = "INSERT OR IGNORE INTO taken_in_crowd VALUES (?, ?)"
_NEXT_FREE_IN_CROWD = """
SELECT at_ms + 1 FROM taken_in_crowd AS here
WHERE series = :series AND at_ms >= :at_ms
  AND NOT EXISTS (SELECT 1 FROM taken_in_crowd WHERE series = here.series AND at_ms = here.at_ms + 1)
ORDER BY at_ms LIMIT 1
"""

_Span = tuple[int, int]
"""A series and a number of its spans."""


class Instants:
    """The taken instants, over one connection that the caller holds a transaction on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._series: dict[tuple[str, str], int] = {}

    def placed(self, columns: Columns) -> Columns:
        """Take an instant for each reading, its own or the next free millisecond after it; return them as placed.

        The cost of one that is not free grows with the length of the run of taken milliseconds that is in the way.
        """
        series = [self._id_of(one) for one in columns.series]
        taking = _Taking(self._connection)
        at_ms = tuple(
            [taking.take(series[which], at_ms) for which, at_ms in zip(columns.which, columns.at_ms, strict=True)]
        )
        taking.keep()
        return columns if at_ms == columns.at_ms else msgspec.structs.replace(columns, at_ms=at_ms)

    def forget_before(self, at_ms: int) -> None:
        """Drop instants of spans that ended before `at_ms`."""
        for (series,) in self._connection.execute("SELECT id FROM series").fetchall():
            self._connection.execute("DELETE FROM taken WHERE series = ? AND span < ?", (series, at_ms >> _SPAN_BITS))
            self._connection.execute("DELETE FROM taken_in_crowd WHERE series = ? AND at_ms < ?", (series, at_ms))

    def rolled_back(self) -> None:
        """Forget what a transaction that did not commit had numbered."""
        self._series.clear()

    def _id_of(self, series: Series) -> int:
        key = (series[0], series[1].value)
        if key not in self._series:
            self._connection.execute("INSERT OR IGNORE INTO series (probe, quantity) VALUES (?, ?)", key)
            found = self._connection.execute("SELECT id FROM series WHERE probe = ? AND quantity = ?", key)
            self._series[key] = found.fetchone()[0]
        return self._series[key]


class _Taking:
    """The spans that the readings of one pack fall into: each read once, and what is new of it written once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._taken: dict[_Span, set[int]] = {}
        self._new: dict[_Span, list[int]] = {}

    def take(self, series: int, at_ms: int) -> int:
        """Take the instant, or the next free one after it; return which."""
        while True:
            span, offset = (series, at_ms >> _SPAN_BITS), at_ms & _OFFSET
            taken = self._taken.get(span)
            if taken is None:
                taken = self._read(span)
            if offset in taken:
                at_ms = (span[1] << _SPAN_BITS) + _after_run(taken, offset)
            elif len(taken) < _MOST_IN_A_SPAN:
                taken.add(offset)
                self._new[span].append(offset)
                return at_ms
            elif (free_ms := self._in_crowd(series, at_ms)) == at_ms:
                return at_ms
            else:
                at_ms = free_ms

    def keep(self) -> None:
        rows = [(*span, array("I", offsets).tobytes()) for span, offsets in self._new.items() if offsets]
        self._connection.executemany(_ADD, rows)

    def _in_crowd(self, series: int, at_ms: int) -> int:
        """Take the instant in a crowded span and return it; where it is not free there, return the next that is."""
        if self._connection.execute(_TAKE_IN_CROWD, (series, at_ms)).rowcount:
            return at_ms
        asked = {"series": series, "at_ms": at_ms}
        return int(self._connection.execute(_NEXT_FREE_IN_CROWD, asked).fetchone()[0])

    def _read(self, span: _Span) -> set[int]:
        row = self._connection.execute(_FOUND, span).fetchone()
        offsets = array("I")
        if row is not None:
            offsets.frombytes(row[0])
        self._taken[span], self._new[span] = set(offsets), []
        return self._taken[span]


def _after_run(taken: set[int], offset: int) -> int:
    """Return the first offset after the run of taken ones at `offset`; it may lie in the next span."""
    while offset in taken:
        offset += 1
    return offset
