"""What if: until when the milk would be good were it kept otherwise."""

import math

import msgspec

from coldchain_judgement.milk.ahead import lying_in, until
from coldchain_judgement.milk.batch import Batch, Cools
from coldchain_judgement.milk.estimate import Estimate, Hours, kept
from coldchain_judgement.milk.limits import ACT_NOW
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

ICE_CELSIUS, ICE_IN_H = 4.0, 3.0
"""What a cooler with ice cools to, in e-folds: 30 litres with 6 kg of ice went from 35 to 17 °C in an hour and a half
(Torres-Toledo 2018), and it takes longer with less."""
WARMS_IN_H = 18.7
"""E-folds of a cooler with 20 litres whose power is out (UA 1.5 W/K), where a unit has not taught its own."""
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
    once its power is out. That lactoperoxidase may still work is left out, which is the cautious side."""
    estimate = milk.estimate
    needed_ms = terms.next_needed_ms(at_ms)
    counts = None
    if needed_ms is not None:
        hours = (needed_ms - at_ms) / HOUR_MS
        counts = kept(estimate, lying_in(hours, celsius=celsius, cooled=milk.cools)).counts()
    ice = Cools(in_h=ICE_IN_H, to_celsius=ICE_CELSIUS) if celsius > ICE_CELSIUS else None
    return WhatIf(
        as_now=until(ACT_NOW, estimate, celsius=celsius, cooled=milk.cools),
        without_power=_warming(estimate, celsius, terms.around_celsius, warms_in_h=warms_in_h),
        on_ice=until(ACT_NOW, estimate, celsius=celsius, cooled=ice),
        at_need_ms=needed_ms,
        counts_at_need=counts,
    )


def _warming(estimate: Estimate, celsius: float, around: float, *, warms_in_h: float) -> Hours:
    """Return when each view has 10^6 while the unit warms to what is around it; infinity beyond four days."""
    passed = [0.0 if count >= ACT_NOW else math.inf for count in estimate.counts()]
    for step in range(1, round(_LONGEST_H / _STEP_H) + 1):
        if math.inf not in passed:
            break
        hours = step * _STEP_H
        warmed = around - (around - celsius) * math.exp(-hours / warms_in_h)
        estimate = kept(estimate, [(_STEP_H, round(16 * warmed) / 16)])
        counts = estimate.counts()
        passed = [min(ms, hours) if count >= ACT_NOW else ms for ms, count in zip(passed, counts, strict=True)]
    return Hours(earliest=passed[0], likely=passed[1], latest=passed[2])
