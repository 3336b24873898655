"""What if: until when the milk would be good were it kept otherwise."""

import math
from collections.abc import Iterator

import msgspec

from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.estimate import Estimate, Hours, grown, hours_until, rates
from coldchain_judgement.milk.limits import ACT_NOW
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

ICE_CELSIUS = 4.0
WARMS_IN_H = 18.7
"""E-folds of a cooler with 20 litres whose power is out (UA 1.5 W/K), where a unit has not taught its own."""
_AROUND_ABOVE = 5.0
_STEP_H, _LONGEST_H = 1 / 6, 96.0


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """Hours from now until 10^6 a ml: if all stays as it is, without power, in a cooler with ice; and the bacteria a ml
    (at worst, likely, at best) when the milk is next needed, None where nobody has said when that is."""

    as_now: Hours
    without_power: Hours
    on_ice: Hours
    at_need_ms: int | None = None
    counts_at_need: tuple[float, float, float] | None = None


def what_if(milk: Batch, terms: MilkTerms, *, at_ms: int, celsius: float, warms_in_h: float = WARMS_IN_H) -> WhatIf:
    """Return what becomes of milk that is as of `at_ms`, at `celsius`, in a unit that warms by e-folds of `warms_in_h`
    once its power is out."""
    estimate = milk.estimate
    needed_ms = terms.next_needed_ms(at_ms)
    counts = None
    if needed_ms is not None:
        hours = (needed_ms - at_ms) / HOUR_MS
        per_hour = rates(celsius + 0.5, celsius, celsius - 0.5)
        counts = grown(estimate, _times(per_hour, hours)).counts()
    return WhatIf(
        as_now=hours_until(ACT_NOW, estimate, celsius=celsius),
        without_power=_warming(estimate, celsius, terms.warm_celsius + _AROUND_ABOVE, warms_in_h=warms_in_h),
        on_ice=hours_until(ACT_NOW, estimate, celsius=min(celsius, ICE_CELSIUS)),
        at_need_ms=needed_ms,
        counts_at_need=counts,
    )


def _warming(estimate: Estimate, celsius: float, around: float, *, warms_in_h: float) -> Hours:
    """Return when each view has 10^6 while the unit warms to what is around it; infinity beyond four days."""
    passed = [0.0 if count >= ACT_NOW else math.inf for count in estimate.counts()]
    integrals = (0.0,) * 6
    for hours, warmed in _warmed(celsius, around, warms_in_h=warms_in_h):
        per_hour = rates(warmed + 0.5, warmed, warmed - 0.5)
        integrals = tuple(one + rate * _STEP_H for one, rate in zip(integrals, per_hour, strict=True))
        counts = grown(estimate, integrals).counts()
        passed = [min(ms, hours) if count >= ACT_NOW else ms for ms, count in zip(passed, counts, strict=True)]
        if math.inf not in passed:
            break
    return Hours(earliest=passed[0], likely=passed[1], latest=passed[2])


def _warmed(celsius: float, around: float, *, warms_in_h: float) -> Iterator[tuple[float, float]]:
    """Yield (hours, °C) of milk that nothing cools."""
    for step in range(1, round(_LONGEST_H / _STEP_H) + 1):
        hours = step * _STEP_H
        yield hours, round(16 * (around - (around - celsius) * math.exp(-hours / warms_in_h))) / 16


def _times(per_hour: tuple[float, ...], hours: float) -> tuple[float, float, float, float, float, float]:
    a, b, c, d, e, f = per_hour
    return a * hours, b * hours, c * hours, d * hours, e * hours, f * hours
