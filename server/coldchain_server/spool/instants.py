"""Which instants of which probe are taken, so that two readings of one probe never share a place in the store."""

import sqlite3
from collections.abc import Sequence

import msgspec

from coldchain_contract.readings import Reading

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

    def place(self, reading: Reading) -> Reading:
        """Take the reading's instant, or the next free millisecond after it; return the reading as placed.

        The cost grows with the length of the run of taken milliseconds that is in the way.
        """
        series = self._series_of(reading)
        if self._connection.execute(_TAKE, (series, reading.at_ms)).rowcount:
            return reading
        (free,) = self._connection.execute(_NEXT_FREE, {"series": series, "at_ms": reading.at_ms}).fetchone()
        self._connection.execute(_TAKE, (series, free))
        return msgspec.structs.replace(reading, at_ms=free)

    def take_all(self, readings: Sequence[Reading]) -> bool:
        """Take the instants of all `readings` with one statement; False, and none taken, where any was not free."""
        rows = [(self._series_of(reading), reading.at_ms) for reading in readings]
        self._connection.execute("SAVEPOINT taking")
        all_free = self._connection.executemany(_TAKE, rows).rowcount == len(rows)
        if not all_free:
            self._connection.execute("ROLLBACK TO taking")
        self._connection.execute("RELEASE taking")
        return all_free

    def forget_before(self, at_ms: int) -> None:
        """Drop instants before `at_ms`."""
        for (series,) in self._connection.execute("SELECT id FROM series").fetchall():
            self._connection.execute("DELETE FROM taken WHERE series = ? AND at_ms < ?", (series, at_ms))

    def rolled_back(self) -> None:
        """Forget what a transaction that did not commit had numbered."""
        self._series.clear()

    def _series_of(self, reading: Reading) -> int:
        key = (reading.probe, reading.quantity.value)
        if key not in self._series:
            self._connection.execute("INSERT OR IGNORE INTO series (probe, quantity) VALUES (?, ?)", key)
            found = self._connection.execute("SELECT id FROM series WHERE probe = ? AND quantity = ?", key)
            self._series[key] = found.fetchone()[0]
        return self._series[key]


def placed(instants: Instants, readings: tuple[tuple[int, Reading], ...]) -> tuple[tuple[int, Reading], ...]:
    """Return numbered readings, each at an instant of its own: nearly always the one it came with."""
    if len(readings) > 1 and instants.take_all([reading for _, reading in readings]):
        return readings
    return tuple((number, instants.place(reading)) for number, reading in readings)
