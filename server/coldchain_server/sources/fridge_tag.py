"""Exports of Berlinger's Fridge-tags: the coldest and the warmest minute of each day, and the log where one is kept.

A Fridge-tag 2 keeps no log. Of each day its text has the lowest and the highest temperature with the minute of each,
which are readings like any other; the average and the minutes beyond a limit are no readings and are left out.
"""

import re
from datetime import date, datetime, time

from coldchain_server.sources.loggers import LoggerFile, LoggerReading, celsius_of, checked, text_of

MAKER = "Fridge-tag"
_DEVICE = re.compile(r"\s*Device:[^\n]*\b(?:Fridge|Q|Freeze)-tag", re.IGNORECASE)
_SERIAL = re.compile(r"\s*Serial:\s*(\S+)")
_UNIT = re.compile(r"\s*Temp unit:\s*([CF])\b")
_DAY = re.compile(r"\s*Date:\s*(\S+)")
_EXTREME = re.compile(r"\s*(Min|Max) T:\s*(\S+?)\s*,\s*TS \1 T:\s*(\S+)")
_LOGGED = re.compile(r"\s+(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)\s+(\S+)")
_END = "Cert:"
_RANKS = {"Min": 1, "Max": 2}
_NOTHING = "---"


def recognises(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an export of a Fridge-tag."""
    return _DEVICE.match(text_of(head)) is not None


def read_fridge_tag(content: bytes) -> LoggerFile:
    """Return what an export says; `NotUnderstood` where there is no temperature in it."""
    reader = _Reader()
    for line in text_of(content).splitlines():
        if line.startswith(_END):
            break
        try:
            reader.line(line)
        except ValueError as error:
            reader.unread.append(f"{line.strip()[:80]}: {error}")
    return checked(reader.file(), maker=MAKER)


class _Reader:
    """Keeps what the lines before have set: the day that an extreme belongs to, and the unit."""

    def __init__(self) -> None:
        self.unread: list[str] = []
        self._serial, self._fahrenheit = "", False
        self._day: date | None = None
        self._readings: dict[tuple[datetime, float], LoggerReading] = {}

    def line(self, line: str) -> None:
        """Take in one line; `ValueError` where it is of a known kind and cannot be read."""
        if found := _SERIAL.match(line):
            self._serial = found[1]
        elif found := _UNIT.match(line):
            self._fahrenheit = found[1] == "F"
        elif found := _DAY.match(line):
            self._day = None
            self._day = date.fromisoformat(found[1])
        elif found := _EXTREME.match(line):
            self._extreme(found[1], found[2], found[3])
        elif found := _LOGGED.match(line):
            self._keep(datetime.fromisoformat(found[1]), found[2], rank=0)

    def file(self) -> LoggerFile:
        """Return what was read. An extreme that is in the log too is one reading."""
        readings = sorted(self._readings.values(), key=lambda reading: (reading.at, reading.rank))
        return LoggerFile(serial=self._serial, readings=tuple(readings), unread=tuple(self.unread))

    def _extreme(self, which: str, value: str, at: str) -> None:
        if _NOTHING in (value, at):
            return
        if self._day is None:
            raise ValueError("it belongs to no day")
        self._keep(datetime.combine(self._day, time.fromisoformat(at)), value, rank=_RANKS[which])

    def _keep(self, at: datetime, value: str, *, rank: int) -> None:
        reading = LoggerReading(at=at, celsius=celsius_of(value, fahrenheit=self._fahrenheit), rank=rank)
        kept = self._readings.get((at, reading.celsius))
        if kept is None or kept.rank > rank:
            self._readings[at, reading.celsius] = reading
