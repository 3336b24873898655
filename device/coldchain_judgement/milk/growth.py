"""Growth: what a count becomes while milk is kept, step by step or by a closed form; a state can be kept and taken up.

Baranyi & Roberts 1994 for the lag, two populations that share one ceiling. Each population grows as if there were no
ceiling, which is exact however the time is cut, and the ceiling is applied to the sum where a count is asked for.
"""

import math
from collections.abc import Iterable

import msgspec

from coldchain_judgement.milk.model import RAW_COW, Model
from coldchain_judgement.milk.trace import Spans

_STEPS, _CLOSE = 40, 1e-12


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Where a milk's bacteria are: the numbers per ml as if there were no ceiling, and the lag that each population has
    still before it, in ln units (Baranyi's h; Q is 1/(e^h − 1))."""

    cold: float
    warm: float
    rest: float
    cold_lag: float
    warm_lag: float

    def count(self, model: Model = RAW_COW) -> float:
        """Return the bacteria per ml."""
        free = self.cold + self.warm + self.rest
        return free / (1.0 + free / model.most)


def begun(count: float, *, model: Model = RAW_COW) -> Growth:
    """Return fresh milk of `count` bacteria per ml, all of them still in their lag."""
    return Growth(
        cold=model.cold_share * count,
        warm=model.warm_share * count,
        rest=(1.0 - model.cold_share - model.warm_share) * count,
        cold_lag=model.lag,
        warm_lag=model.lag,
    )


def kept(growth: Growth, *, celsius: float, hours: float, model: Model = RAW_COW) -> Growth:
    """Return `growth` after `hours` at `celsius`. To cut the time changes nothing."""
    return through(growth, [(hours, celsius)], model=model)


def through(growth: Growth, spans: Spans, *, model: Model = RAW_COW) -> Growth:
    """Return `growth` after spans of (hours, °C)."""
    cold = warm = 0.0
    for hours, celsius in spans:
        cold += model.cold.rate(celsius) * hours
        warm += model.warm.rate(celsius) * hours
    return grown(growth, cold=cold, warm=warm)


def grown(growth: Growth, *, cold: float, warm: float) -> Growth:
    """Return `growth` after each population had the time integral of its rate, in ln units, to grow."""
    return Growth(
        cold=growth.cold * _multiplied(growth.cold_lag, cold),
        warm=growth.warm * _multiplied(growth.warm_lag, warm),
        rest=growth.rest,
        cold_lag=_lag_left(growth.cold_lag, cold),
        warm_lag=_lag_left(growth.warm_lag, warm),
    )


def hours_to(limit: float, growth: Growth, *, celsius: float, model: Model = RAW_COW) -> float:
    """Return the hours at `celsius` until the count is `limit`: 0 where it is already, infinity where it never is.

    By Newton's steps from above: the sum of the populations is convex, so that none of them goes too far.
    """
    if growth.count(model) >= limit:
        return 0.0
    if limit >= model.most:
        return math.inf
    cold, warm = model.cold.rate(celsius), model.warm.rate(celsius)
    most = limit / (1.0 - limit / model.most)
    hours = min(
        _alone(growth.cold, growth.cold_lag, cold, to=most - growth.warm - growth.rest),
        _alone(growth.warm, growth.warm_lag, warm, to=most - growth.cold - growth.rest),
    )
    if hours == math.inf:
        return math.inf
    cold_active, warm_active = growth.cold * math.exp(-growth.cold_lag), growth.warm * math.exp(-growth.warm_lag)
    for _ in range(_STEPS):
        gained = cold_active * math.expm1(cold * hours) + warm_active * math.expm1(warm * hours)
        rising = cold * cold_active * math.exp(cold * hours) + warm * warm_active * math.exp(warm * hours)
        step = (growth.cold + growth.warm + growth.rest + gained - most) / rising
        hours -= step
        if step <= _CLOSE * hours:
            break
    return max(0.0, hours)


def _alone(number: float, lag: float, rate: float, *, to: float) -> float:
    """Return the hours until one population is `to`; infinity where it never is."""
    if number <= 0.0 or rate <= 0.0:
        return math.inf
    return math.log1p((to / number - 1.0) * math.exp(lag)) / rate


def mixed(parts: Iterable[tuple[float, Growth]]) -> Growth:
    """Return what comes of pouring milk together: (litres, growth) of each, at least one of them with litres.

    Numbers mix by volume, and so do those of a population that are out of its lag.
    """
    parts = [(litres, growth) for litres, growth in parts if litres > 0]
    total = sum(litres for litres, _ in parts)
    cold, cold_lag = _blended([(litres * one.cold, one.cold_lag) for litres, one in parts])
    warm, warm_lag = _blended([(litres * one.warm, one.warm_lag) for litres, one in parts])
    rest = sum(litres * one.rest for litres, one in parts)
    return Growth(cold=cold / total, warm=warm / total, rest=rest / total, cold_lag=cold_lag, warm_lag=warm_lag)


def _blended(cells: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the sum of (number, lag) of one population, and the lag of all of them together."""
    whole = sum(number for number, _ in cells)
    if whole <= 0.0:
        return 0.0, max(lag for _, lag in cells)
    active = sum(number * math.exp(-lag) for number, lag in cells) / whole
    return whole, max(0.0, -math.log(active))


def _multiplied(lag: float, integral: float) -> float:
    """Return by how much a population has multiplied once its rate's time integral is `integral`."""
    return 1.0 + math.expm1(integral) * math.exp(-lag)


def _lag_left(lag: float, integral: float) -> float:
    return math.log1p(math.expm1(lag) * math.exp(-integral))
