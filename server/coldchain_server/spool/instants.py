"""Which instants of which probe are taken, so that two readings of one probe never share a place in the store."""

import sqlite3

import msgspec

from coldchain_server.columns import Columns, Series

REMEMBERED_MS = 31 * 24 * 3600 * 1000
"""How far back taken instants are remembered, counted from the newest receipt; older ones are forgotten once a day."""

_TAKE = "INSERT OR IGNORE INTO taken VALUES (?, ?)"
_NEXT_FREE = """
SELECT at_ms + 1 FROM taken AS here
WHERE series = :series AND at_ms >= :at_ms
  AND NOT EXISTS (SELECT 1 FROM taken WHERE series = here.series AND at_ms = here.at_ms + 1)
ORDER BY at_ms LIMIT 1
"""


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
        places = list(zip([series[which] for which in columns.which], columns.at_ms, strict=True))
        if self._take_all(places):
            return columns
        return msgspec.structs.replace(columns, at_ms=tuple([self._take(*place) for place in places]))

    def _take_all(self, places: list[tuple[int, int]]) -> bool:
        """Take all places with one statement; False, and none taken, where any was not free."""
        self._connection.execute("SAVEPOINT taking")
        # In order: neighbours lie on the same page.
        all_free = self._connection.executemany(_TAKE, sorted(places)).rowcount == len(places)
        if not all_free:
            self._connection.execute("ROLLBACK TO taking")
        self._connection.execute("RELEASE taking")
        return all_free

    def _take(self, series: int, at_ms: int) -> int:
        """Take the instant, or the next free one after it; return which."""
        if self._connection.execute(_TAKE, (series, at_ms)).rowcount:
            return at_ms
        (free,) = self._connection.execute(_NEXT_FREE, {"series": series, "at_ms": at_ms}).fetchone()
        self._connection.execute(_TAKE, (series, free))
        return int(free)

    def forget_before(self, at_ms: int) -> None:
        """Drop instants before `at_ms`."""
        for (series,) in self._connection.execute("SELECT id FROM series").fetchall():
            self._connection.execute("DELETE FROM taken WHERE series = ? AND at_ms < ?", (series, at_ms))

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
