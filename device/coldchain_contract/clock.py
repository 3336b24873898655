"""The declared clock: one origin and one rate that all parts of a run share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec


class Clock(Protocol):
    """Tells the present instant to whoever needs it; real, faster than real, or set by hand."""

    def now_ms(self) -> int:
        """Return the instant now, in milliseconds since 1970 UTC."""
        ...

    def wall_seconds(self, span_seconds: float) -> float:
        """Return how many seconds of real waiting a span of this clock takes."""
        ...


class DeclaredClock(msgspec.Struct, frozen=True, kw_only=True):
    """Runs from `origin_ms` at `rate` × the speed of `monotonic` (seconds), counted from `started`.

    The real clock is the special case origin = now, rate = 1.
    """

    origin_ms: int
    rate: float
    started: float
    monotonic: Callable[[], float]

    def now_ms(self) -> int:
        return self.origin_ms + round((self.monotonic() - self.started) * 1000 * self.rate)

    def wall_seconds(self, span_seconds: float) -> float:
        return span_seconds / self.rate


class SetClock:
    """Stands still until it is set: for tests and for replaying a recorded file row by row."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def wall_seconds(self, span_seconds: float) -> float:  # noqa: ARG002 - nothing is waited for
        return 0.0

    def set(self, now_ms: int) -> None:
        self._now_ms = now_ms


def utc(at_ms: int) -> datetime:
    """Return an instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """Return an aware datetime as an instant; `ValueError` for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return round(at.timestamp() * 1000)
