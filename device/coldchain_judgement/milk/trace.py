"""A trace of temperatures, and the spans it is made of."""

from collections.abc import Iterable
from itertools import pairwise

HOUR_MS = 3_600_000

Trace = Iterable[tuple[int, float]]
"""(ms, °C) in order of time; each temperature holds until the next."""
Spans = Iterable[tuple[float, float]]
"""(hours, °C)."""


def spans(trace: Trace) -> list[tuple[float, float]]:
    """Return (hours, °C) of each span of a trace."""
    return [((until - at) / HOUR_MS, celsius) for (at, celsius), (until, _) in pairwise(trace)]
