"""Exports of LogTags as CSV: a block of lines about the logger, then a table of dates, times and temperatures."""

import csv
import re
from collections.abc import Iterable, Sequence

import msgspec

from coldchain_server.sources.days import Days
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.loggers import LoggerFile, LoggerReading, celsius_of, checked, text_of

MAKER = "LogTag"
_DELIMITERS = ",;\t"
_SERIAL = re.compile(r"serial\b|(?:n°|no\.?|num[ée]ro) de s[ée]rie", re.IGNORECASE)
_INTERVAL = re.compile(r"(?:reading|log|recording) interval|intervalle", re.IGNORECASE)
_DATE = re.compile(r"date\b", re.IGNORECASE)
_TIME = re.compile(r"(?:time|heure)\b", re.IGNORECASE)
_TEMPERATURE = re.compile(r"temp|°\s*[cf]\b", re.IGNORECASE)  # "Reading" may as well be the number of the reading
_FAHRENHEIT = re.compile(r"°\s*F\b")
_CELSIUS = re.compile(r"°\s*C\b")
_UNIT_BEHIND = re.compile(r"\s*°?\s*[CF]\s*$")
_FEWEST_COLUMNS = 2


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns hold what; `time` None where the date's column holds the time too."""

    date: int
    time: int | None
    temperature: int
    fahrenheit: bool


def recognises(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an export of a LogTag."""
    lines = [line.strip(' "') for line in text_of(head).splitlines()]
    named = any(MAKER.lower() in line.lower() for line in lines[:20])
    return any(map(_SERIAL.match, lines)) and (named or any(map(_INTERVAL.match, lines)))


def read_logtag(content: bytes) -> LoggerFile:
    """Return what an export says; `NotUnderstood` where its table or its dates cannot be read for certain."""
    rows = _rows(text_of(content))
    start = next((number for number, row in enumerate(rows) if _table(row) is not None), None)
    if start is None:
        longest = max(rows, key=len, default=[])
        raise NotUnderstood(f"no column of dates and one of temperatures; the widest line is {longest!r}"[:300])
    head, body = rows[:start], [row for row in rows[start + 1 :] if len(row) >= _FEWEST_COLUMNS]
    table = _unit_from(head, _table(rows[start]))
    days = Days.of(row[table.date] for row in body if table.date < len(row))
    readings, unread = _readings(body, table, days)
    return checked(LoggerFile(serial=_serial(head), readings=readings, unread=unread), maker=MAKER)


def _rows(text: str) -> list[list[str]]:
    """Return the cells of each line; the delimiter is the one that makes most of them."""
    lines = text.splitlines()
    read = [list(csv.reader(lines, delimiter=delimiter)) for delimiter in _DELIMITERS]
    rows = max(read, key=lambda rows: sum(len(row) for row in rows))
    return [[cell.strip() for cell in row] for row in rows]


def _table(row: Sequence[str]) -> _Table | None:
    """Return where the columns are in a line of titles; None for any other line."""
    dates = [number for number, cell in enumerate(row) if _DATE.match(cell)]
    times = [number for number, cell in enumerate(row) if _TIME.match(cell)]
    values = [number for number, cell in enumerate(row) if _TEMPERATURE.search(cell) and number not in (*dates, *times)]
    if not dates or not values:
        return None
    return _Table(
        date=dates[0],
        time=times[0] if times else None,
        temperature=values[0],
        fahrenheit=bool(_FAHRENHEIT.search(row[values[0]])),
    )


def _unit_from(head: Iterable[Sequence[str]], table: _Table | None) -> _Table:
    """Let the lines above say the unit, where the title of the column does not."""
    assert table is not None  # noqa: S101 - the line was chosen because it has one
    above = " ".join(cell for row in head for cell in row)
    fahrenheit = table.fahrenheit or bool(_FAHRENHEIT.search(above) and not _CELSIUS.search(above))
    return msgspec.structs.replace(table, fahrenheit=fahrenheit)


def _serial(head: Iterable[Sequence[str]]) -> str:
    return next((row[1] for row in head if len(row) >= _FEWEST_COLUMNS and _SERIAL.match(row[0])), "")


def _readings(
    body: Iterable[Sequence[str]], table: _Table, days: Days
) -> tuple[tuple[LoggerReading, ...], tuple[str, ...]]:
    readings, unread = [], []
    for row in body:
        try:
            said = row[table.date] if table.time is None else f"{row[table.date]} {row[table.time]}"
            value = _UNIT_BEHIND.sub("", row[table.temperature])
            readings.append(LoggerReading(at=days.read(said), celsius=celsius_of(value, fahrenheit=table.fahrenheit)))
        except (ValueError, IndexError) as error:
            unread.append(f"{', '.join(row)[:80]}: {error}")
    return tuple(readings), tuple(unread)
