"""The simulator's own log of the truth: temperatures, events, and every reading somebody took."""

import threading
from pathlib import Path
from typing import TextIO, TypeVar

import msgspec

from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_simulator.cooler import Temperatures
from coldchain_simulator.events import Event

T = TypeVar("T", bound=msgspec.Struct)


class Measured(msgspec.Struct, frozen=True, kw_only=True, tag="temperatures", tag_field="kind"):
    """The physical temperatures of one unit at an instant, whatever its probes show."""

    unit: UnitId
    at_ms: int
    temperatures: Temperatures


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag="taken", tag_field="kind"):
    """One reading of one probe: when its end was seen, the text it found, and the value or the fault in that text."""

    probe: ProbeUrn
    at_ms: int
    text: str
    celsius: float | None
    fault: str | None


class Truth:
    """Keeps what was true, in memory and, one JSON object a line with its `kind`, in `file`.

    Threads may share it. `temperatures` and `events` depend on scenario and seed alone; `taken` on who reads.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.temperatures: list[Measured] = []
        self.events: list[Event] = []
        self.taken: list[Taken] = []
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("w", buffering=1, encoding="utf-8")

    def measured(self, unit: UnitId, at_ms: int, temperatures: Temperatures) -> None:
        self._keep(self.temperatures, Measured(unit=unit, at_ms=at_ms, temperatures=temperatures))

    def happened(self, event: Event) -> None:
        self._keep(self.events, event)

    def took(self, reading: Taken) -> None:
        self._keep(self.taken, reading)

    def of(self, unit: UnitId) -> list[Measured]:
        """Return the temperatures of one unit, in order of time."""
        return [measured for measured in self.temperatures if measured.unit == unit]

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _keep(self, into: list[T], what: T) -> None:
        with self._lock:
            into.append(what)
            if self._file is not None:
                self._file.write(msgspec.json.encode(what).decode() + "\n")
