"""What lies ahead of milk: how warm it will be while its unit cools it, and how many bacteria it has by when."""

import math
from collections.abc import Iterator

from coldchain_judgement.capacity import Capacity
from coldchain_judgement.curve import Curve
from coldchain_judgement.milk.batch import Cools
from coldchain_judgement.milk.estimate import CAUTIOUS, HOPEFUL, LIKELY, Estimate, Hours, View
from coldchain_judgement.milk.growth import Growth, hours_to, through
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.rules.fill import Fill

ERROR_CELSIUS = 0.5
_COLDEST, _WARMEST = 4.0, 8.0
"""Nothing is presumed to be cooled to less than the one, or to be left warmer than the other."""
BELOW_CELSIUS = 10.0
"""Milk gets cold as if towards so much less than where it stays. A compressor of 100 W goes on as if towards −26 °C,
ice slows down towards 2 °C: this lies between, and is most wrong where milk is cold and little grows."""
_FOLDS_TO_COLD = math.log(41.0 / 16.0)
"""From 35 °C to 10 °C, where fills count as cold, on the way to 4 °C."""
_FIRST_H = 6.0 / _FOLDS_TO_COLD
"""E-folds, where a unit has taught nothing: 35 °C is 10 °C after six hours, as 20 litres are at 100 W."""
SETTLES_MS = HOUR_MS * 5 // 4
"""By then an hour of a fill was seen; before, nobody knows how fast it gets cold."""
_SEEN_CELSIUS, _LONGEST_H = 1.0, 48.0
_FALLS_OVER, _FALLS_CELSIUS = 3, 0.125
"""What is two sixteenths of a degree colder than three points of the curve before, half an hour, gets colder."""
_STEPS_A_FOLD = 12
_NEAR_CELSIUS = 0.25


def cools(fill: Fill, capacity: Capacity, *, at_ms: int, celsius: float) -> Cools | None:
    """Return how milk that was poured in will get cold, where its unit cools it as it does; None where it is cold.

    As it has since it was poured in, once an hour of it was seen; before, as the unit usually does.
    """
    to_celsius = min(max(fill.from_celsius, _COLDEST), _WARMEST)
    if celsius <= to_celsius + _NEAR_CELSIUS:
        return None
    seen_ms = at_ms - fill.poured_ms
    if seen_ms >= HOUR_MS and fill.peak - celsius >= _SEEN_CELSIUS:
        towards = to_celsius - BELOW_CELSIUS
        folds = math.log((fill.peak - towards) / (celsius - towards))
        return Cools(in_h=min(seen_ms / HOUR_MS / folds, _LONGEST_H), to_celsius=to_celsius)
    usual_s = capacity.usual_s
    return Cools(in_h=_FIRST_H if usual_s is None else usual_s / 3600 / _FOLDS_TO_COLD, to_celsius=to_celsius)


def falls(curve: Curve) -> bool:
    """Return whether the curve still gets colder."""
    points = curve.points
    return len(points) > _FALLS_OVER and points[-1][1] <= points[-1 - _FALLS_OVER][1] - _FALLS_CELSIUS


def temperatures(celsius: float, cooled: Cools | None) -> Iterator[tuple[float, float]]:
    """Yield spans of (hours, °C) of what lies ahead; the last, at which it stays, is endless."""
    if cooled is None:
        yield math.inf, celsius
        return
    towards, hours = cooled.to_celsius - BELOW_CELSIUS, cooled.in_h / _STEPS_A_FOLD
    now, a_step = celsius - towards, math.exp(-1.0 / _STEPS_A_FOLD)
    while now > BELOW_CELSIUS:
        yield hours, towards + max(now * math.sqrt(a_step), BELOW_CELSIUS)
        now *= a_step
    yield math.inf, cooled.to_celsius


def lying_in(hours: float, *, celsius: float, cooled: Cools | None) -> Iterator[tuple[float, float]]:
    """Yield spans of (hours, °C) of what lies in the next so many hours."""
    for span, warm in temperatures(celsius, cooled):
        yield min(span, hours), warm
        hours -= span
        if hours <= 0.0:
            return


def until(limit: float, estimate: Estimate, *, celsius: float, cooled: Cools | None) -> Hours:
    """Return when the count is `limit` if all goes on as it does, each temperature known to ±0.5 °C."""
    return Hours(
        earliest=_until(limit, estimate.cautious, CAUTIOUS, celsius=celsius, cooled=cooled),
        likely=_until(limit, estimate.likely, LIKELY, celsius=celsius, cooled=cooled),
        latest=_until(limit, estimate.hopeful, HOPEFUL, celsius=celsius, cooled=cooled),
    )


def worst_after(growth: Growth, *, hours: float, celsius: float, cooled: Cools | None) -> float:
    """Return the bacteria a ml that milk has at worst after so many hours, whose cautious view is `growth` now."""
    spans = ((span, warm + ERROR_CELSIUS) for span, warm in lying_in(hours, celsius=celsius, cooled=cooled))
    return through(growth, spans, model=CAUTIOUS.model).count(CAUTIOUS.model)


def _until(limit: float, growth: Growth, view: View, *, celsius: float, cooled: Cools | None) -> float:
    passed = 0.0
    for hours, warm in temperatures(celsius, cooled):
        at = warm + view.leans * ERROR_CELSIUS
        after = None if hours == math.inf else through(growth, [(hours, at)], model=view.model)
        if after is None or after.count(view.model) >= limit:
            return passed + hours_to(limit, growth, celsius=at, model=view.model)
        growth, passed = after, passed + hours
    return passed
