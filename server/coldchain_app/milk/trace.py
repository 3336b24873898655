"""The temperatures of one milk: one column of a file, from when to when."""

from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from coldchain_app.evaluation.recording import recording
from coldchain_contract.settings import nearest
from coldchain_server.errors import BadEntry

_TIMES = ("time", "timestamp", "datetime", "date")
_SHOWN = 3


class MilkTrace(msgspec.Struct, frozen=True, kw_only=True):
    """At least one (ms, °C), in order of time. `wrong` names what could not be used, each with its line."""

    file: str
    column: str
    readings: tuple[tuple[int, float], ...]
    wrong: tuple[str, ...] = ()

    def wrong_in_short(self) -> tuple[str, ...]:
        """Return the first few of what could not be used, and how many more there are."""
        more = len(self.wrong) - _SHOWN
        return (*self.wrong[:_SHOWN], f"… {more} more") if more > 0 else self.wrong


def read_trace(
    file: Path, *, zone: ZoneInfo, column: str | None = None, from_ms: int | None = None, until_ms: int | None = None
) -> MilkTrace:
    """Return one column of a file; `zone` is that of times that state none. `BadEntry` where it cannot be told which.

    A column with no number in it, such as of remarks, is none of temperatures.
    """
    held = recording(file, zone=zone)
    name = _column(file, sorted(held.readings), column)
    if name is None:
        raise BadEntry(_nothing(file, tuple(str(cell) for cell in held.wrong)))
    readings = tuple(
        (one.at_ms, one.celsius)
        for one in held.readings[name]
        if one.celsius is not None
        and (from_ms is None or one.at_ms >= from_ms)
        and (until_ms is None or one.at_ms <= until_ms)
    )
    if not readings:
        raise BadEntry(f"{file.name}: column {name} has no temperature in that time")
    wrong = tuple(str(cell) for cell in held.wrong if cell.column == name or cell.column.casefold() in _TIMES)
    return MilkTrace(file=file.name, column=name, readings=readings, wrong=wrong)


def _column(file: Path, names: list[str], wanted: str | None) -> str | None:
    if wanted is not None:
        if wanted in names:
            return wanted
        near = nearest(wanted, names)
        hint = f"; did you mean {near}?" if near else f"; it has {', '.join(names)}"
        raise BadEntry(f"{file.name}: no column {wanted!r} of temperatures{hint}")
    if len(names) > 1:
        raise BadEntry(f"{file.name}: has {', '.join(names)}; say with --column which was the milk's")
    return names[0] if names else None


def _nothing(file: Path, wrong: tuple[str, ...]) -> str:
    trace = MilkTrace(file=file.name, column="", readings=(), wrong=wrong)
    return "\n".join([f"{file.name}: no temperature in it that can be used", *trace.wrong_in_short()])
