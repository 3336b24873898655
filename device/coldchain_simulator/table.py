"""A recorded table: delimiter, time columns and value columns found from the file itself."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_simulator.errors import BadRecording
from coldchain_simulator.w1_text import HIGHEST_CELSIUS, LOWEST_CELSIUS

_DELIMITERS = ",;\t"
_CLOCKS = ("time", "heure")
_TIME_COLUMNS = ("time", "timestamp", "datetime", "date/time", "date heure", "horodatage")
_BLANKS = frozenset({"", "-", "--", "nan", "na", "n/a", "null", "none"})


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a file: its instant, the column and line it stands in, and the number in it, in °C."""

    at_ms: int
    column: str
    line: int
    celsius: float


class BadCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell that could not be used, and why. `line` counts from 1, the heading included."""

    file: str
    line: int
    column: str
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.column}: {self.text[:40]!r} {self.reason}"


class Table:
    """One CSV file, read line by line: comma, semicolon or tab; decimal point or, beside a semicolon or tab, comma.

    The time is a column such as `time`, `timestamp` or `horodatage` in ISO 8601, or `date` and `time` (`heure`)
    together; where it states no offset it is in `zone`. All other columns are values, or those of `columns`. Raises
    `BadRecording` where the file cannot be opened or has no such columns.
    """

    def __init__(self, path: Path, *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> None:
        self._name, self._zone = path.name, zone
        self._lines = _lines(path)
        heading = self._lines[0][1] if self._lines else []
        names = [name.strip() for name in heading]
        self._time = _time_columns(names, file=path.name)
        self._values = _value_columns(names, besides=self._time, wanted=columns, file=path.name)

    def cells(self) -> Iterator[Cell | BadCell]:
        """Yield every cell that holds a value or cannot be read, in the file's order; blanks are left out."""
        for line, row in self._lines[1:]:
            stated = " ".join(row[index].strip() for _, index in self._time if index < len(row))
            try:
                at_ms = self._instant(stated)
            except ValueError:
                yield self._bad(line, self._time[0][0], stated, "is no time in ISO 8601")
                continue
            for column, index in self._values:
                text = row[index].strip() if index < len(row) else ""
                if text.casefold() not in _BLANKS:
                    yield self._cell(text, at_ms=at_ms, column=column, line=line)

    def _instant(self, stated: str) -> int:
        at = datetime.fromisoformat(stated)
        return milliseconds(at if at.tzinfo else at.replace(tzinfo=self._zone))

    def _cell(self, text: str, *, at_ms: int, column: str, line: int) -> Cell | BadCell:
        try:
            celsius = float(text.replace(",", ".", 1).replace("−", "-"))
        except ValueError:
            return self._bad(line, column, text, "is no number")
        if not LOWEST_CELSIUS <= celsius <= HIGHEST_CELSIUS:
            reason = f"is beyond what a probe can show, {LOWEST_CELSIUS:g} to {HIGHEST_CELSIUS:g} °C"
            return self._bad(line, column, text, reason)
        return Cell(at_ms=at_ms, column=column, line=line, celsius=celsius)

    def _bad(self, line: int, column: str, text: str, reason: str) -> BadCell:
        return BadCell(file=self._name, line=line, column=column, text=text, reason=reason)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return line number and cells of every line that is not empty."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise BadRecording(f"{path}: cannot be read ({error.strerror}); give the path of a CSV file") from error
    lines = text.split("\n")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    # Each line by itself: a quote left open in one must not swallow the others.
    rows = ((number, next(csv.reader([line], delimiter=delimiter))) for number, line in enumerate(lines, 1) if line)
    return [(number, row) for number, row in rows if any(cell.strip() for cell in row)]


def _time_columns(names: Sequence[str], *, file: str) -> list[tuple[str, int]]:
    lower = [name.casefold() for name in names]
    clock = next((lower.index(name) for name in _CLOCKS if name in lower), None)
    if "date" in lower and clock is not None:
        return [(names[index], index) for index in (lower.index("date"), clock)]
    for name in _TIME_COLUMNS:
        if name in lower:
            return [(names[lower.index(name)], lower.index(name))]
    raise BadRecording(
        f"{file}: no column says when: expected {', '.join(_TIME_COLUMNS)} or date and time, found {', '.join(names)}"
    )


def _value_columns(
    names: Sequence[str], *, besides: Sequence[tuple[str, int]], wanted: Sequence[str] | None, file: str
) -> list[tuple[str, int]]:
    taken = {index for _, index in besides}
    found = [(name, index) for index, name in enumerate(names) if name and index not in taken]
    chosen = [(name, index) for name, index in found if wanted is None or name in wanted]
    if not chosen:
        asked = "a column of values" if wanted is None else " or ".join(wanted)
        raise BadRecording(f"{file}: has not {asked}; beside the time it has {', '.join(name for name, _ in found)}")
    return chosen
