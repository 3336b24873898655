"""Recorded files as if they were probes: each column of values one probe, each instant one row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_simulator.names import probe_of
from coldchain_simulator.table import BadCell, Table


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What the probes measured at one instant, in °C; a probe that measured nothing then is not in it."""

    at_ms: int
    values: dict[ProbeUrn, float]


class Replay:
    """One or more recorded files, merged by time.

    The same column name is the same probe in every file and on every machine. A blank (empty, `-`, `NaN`) is a gap,
    not a fault. What cannot be read is in `bad_cells`, and everything else goes on. Rows come in order of time
    whatever the order of lines: `out_of_order` counts the lines that stood late. Where a probe has two values at one
    instant the first stands, and the other is in `bad_cells`. Raises `BadRecording` where a file cannot be replayed.
    """

    def __init__(self, path: Path | Sequence[Path], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> None:
        self.probes: dict[str, ProbeUrn] = {}
        self.out_of_order = 0
        self._bad: list[BadCell] = []
        self._rows: dict[int, dict[ProbeUrn, float]] = {}
        for file in [path] if isinstance(path, Path) else path:
            self._read(Table(file, zone=zone, columns=columns), name=file.name)
        self.bad_cells = tuple(self._bad)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order of time; each has at least one value."""
        for at_ms in sorted(self._rows):
            yield Row(at_ms=at_ms, values=self._rows[at_ms])

    def __len__(self) -> int:
        return len(self._rows)

    def _read(self, table: Table, *, name: str) -> None:
        latest, line = 0, 0
        for cell in table.cells():
            if isinstance(cell, BadCell):
                self._bad.append(cell)
                continue
            if cell.line != line:
                line = cell.line
                self.out_of_order += cell.at_ms < latest
                latest = max(latest, cell.at_ms)
            probe = self.probes.setdefault(cell.column, probe_of(f"column/{cell.column}"))
            values = self._rows.setdefault(cell.at_ms, {})
            if probe in values:
                reason = "comes after another value of this column at the same instant"
                text = f"{cell.celsius:g}"
                self._bad.append(BadCell(file=name, line=cell.line, column=cell.column, text=text, reason=reason))
                continue
            values[probe] = cell.celsius
