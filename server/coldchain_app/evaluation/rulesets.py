"""The rivals: whoever is given readings as they are heard and says when people would be told."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from coldchain_app.evaluation.traces import Heard, Subject

_LINE_CELSIUS, _CLEAR_CELSIUS = 8.0, 7.5


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people would be told at `at_ms`: about what, why, and how much it matters."""

    at_ms: int
    subject: Subject
    why: str
    level: str = "critical"


class Ruleset(Protocol):
    """One way to judge a probe."""

    @property
    def name(self) -> str:
        """Return what the tables call it."""
        ...

    def alarms(self, readings: Iterable[Heard]) -> Iterator[Alarm]:
        """Yield the alarms over one probe's readings, which come in order."""
        ...


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """A plain threshold: above 8 °C for `for_s` without a break. It ends at 7.5 °C; faults say nothing to it."""

    name: str
    for_s: int

    def alarms(self, readings: Iterable[Heard]) -> Iterator[Alarm]:
        since_ms: int | None = None
        told = False
        for one in readings:
            if one.celsius is None:
                continue
            if one.celsius <= _CLEAR_CELSIUS:
                told = False
            if one.celsius <= _LINE_CELSIUS:
                since_ms = None
                continue
            since_ms = one.at_ms if since_ms is None else since_ms
            if not told and one.at_ms - since_ms >= self.for_s * 1000:
                told = True
                yield Alarm(at_ms=one.at_ms, subject=Subject.MILK, why="above 8 °C")


NOW = Plain(name="above 8 °C now", for_s=0)
HALF_AN_HOUR = Plain(name="above 8 °C for 30 minutes", for_s=1800)
