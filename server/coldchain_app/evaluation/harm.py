"""What a fault did to the milk, from the truth: the keeping time it used beyond its twin's, and whether it froze."""

import math
from bisect import bisect_right

import msgspec

from coldchain_app.evaluation.traces import Case, Subject, Trace, Truth

SPOILING_SHARE = 0.25
"""A quarter of the milk's keeping time more than in the twin is spoiling."""
FROZEN_CELSIUS, FROZEN_MINUTES = -0.5, 60
JOINED_CELSIUS, AFTERWARDS_MS = 0.5, 7_200_000
_EMPTY_LITRES = 0.5

_CELSIUS = (4.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 37.0)
_HOURS = (81.0, 43.0, 32.0, 17.0, 9.0, 6.0, 4.4, 3.5)
"""Hours until 10⁷ germs per ml from 10⁵, 10th percentile of the growth model; between, their logarithm is straight."""


class Injury(msgspec.Struct, frozen=True, kw_only=True):
    """One case and what came of it: when harm was done (None: it never was), until when it explains alarms."""

    case: Case
    harm_ms: int | None
    over_ms: int

    @property
    def spoiling(self) -> bool:
        return self.harm_ms is not None


def share_an_hour(celsius: float) -> float:
    """Return which share of its keeping time milk uses in an hour at `celsius`."""
    if celsius <= _CELSIUS[0]:
        return 1 / _HOURS[0]
    if celsius >= _CELSIUS[-1]:
        return 1 / _HOURS[-1]
    right = bisect_right(_CELSIUS, celsius)
    part = (celsius - _CELSIUS[right - 1]) / (_CELSIUS[right] - _CELSIUS[right - 1])
    low, high = math.log(_HOURS[right - 1]), math.log(_HOURS[right])
    return math.exp(-(low + part * (high - low)))


def injuries(trace: Trace) -> list[Injury]:
    """Return every case of a trace with its harm, in order; none lasts into the next."""
    found = []
    for number, case in enumerate(trace.cases):
        following = trace.cases[number + 1].from_ms if number + 1 < len(trace.cases) else None
        found.append(_injury(case, trace.truth, before_ms=following))
    return found


def _injury(case: Case, truth: Truth | None, *, before_ms: int | None) -> Injury:
    if truth is None:
        return Injury(case=case, harm_ms=case.until_ms if case.spoiling else None, over_ms=case.until_ms)
    over_ms = case.until_ms
    if Subject.MILK in case.explains:
        over_ms = _joined_ms(truth, case.until_ms)
    over_ms += AFTERWARDS_MS
    if before_ms is not None:
        over_ms = min(over_ms, before_ms)
    harm_ms = _harm_ms(truth, from_ms=case.from_ms, to_ms=over_ms) if Subject.MILK in case.explains else None
    return Injury(case=case, harm_ms=harm_ms, over_ms=over_ms)


def _joined_ms(truth: Truth, mended_ms: int) -> int:
    """Return when the milk was again as its twin's, at the earliest when the fault was mended."""
    for minute in range(truth.minute(mended_ms), len(truth.milk)):
        if abs(truth.milk[minute] - truth.twin[minute]) <= JOINED_CELSIUS:
            return max(mended_ms, truth.begins_ms + minute * 60_000)
    return truth.begins_ms + len(truth.milk) * 60_000


def _harm_ms(truth: Truth, *, from_ms: int, to_ms: int) -> int | None:
    """Return the instant from which the milk was spoilt by the fault, or None."""
    share, frozen = 0.0, 0
    for minute in range(truth.minute(from_ms), truth.minute(to_ms)):
        milk, twin = truth.milk[minute], truth.twin[minute]
        if truth.litres[minute] < _EMPTY_LITRES:
            share, frozen = 0.0, 0
            continue
        share += (share_an_hour(milk) - share_an_hour(twin)) / 60
        frozen = frozen + 1 if milk <= FROZEN_CELSIUS < twin else 0
        if share >= SPOILING_SHARE or frozen >= FROZEN_MINUTES:
            return truth.begins_ms + minute * 60_000
    return None
