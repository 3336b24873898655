"""The estimate with its doubt: the same milk as it likely is, as it may be at worst and at best, carried side by side.

Nine times in ten the truth is kinder than the cautious view, and one time in ten kinder than the hopeful one. Their
models were found from 600 draws over what is not known of raw milk (its count, shares, lags and rates): at every
temperature from 2 to 40 °C, and for either starting count, the hours to 10^6 and 10^7 of the cautious view are within
3 % of the draws' tenth percentile, and those of the hopeful view within 6 % of their ninetieth.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from coldchain_judgement.milk.growth import Growth, begun, hours_to, mixed
from coldchain_judgement.milk.growth import grown as grown_by
from coldchain_judgement.milk.model import RAW_COW, Model, Population
from coldchain_judgement.milk.trace import Spans


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A model, how many times dirtier than told the milk is taken to be, and to which side of a sensor's error it leans
    (+1: the milk is warmer than measured)."""

    model: Model
    dirtier: float
    leans: int


def _slower(population: Population, factor: float) -> Population:
    return msgspec.structs.replace(population, fastest=population.fastest * factor)


CAUTIOUS = View(
    model=Model(
        cold=_slower(RAW_COW.cold, 1.159),
        warm=_slower(RAW_COW.warm, 1.182),
        cold_share=0.149,
        warm_share=0.062,
        lag=0.615,
        most=RAW_COW.most,
    ),
    dirtier=10**0.67,
    leans=+1,
)
LIKELY = View(model=RAW_COW, dirtier=1.0, leans=0)
HOPEFUL = View(
    model=Model(
        cold=_slower(RAW_COW.cold, 0.72),
        warm=_slower(RAW_COW.warm, 0.857),
        cold_share=0.129,
        warm_share=0.043,
        lag=1.234,
        most=RAW_COW.most,
    ),
    dirtier=10**-0.224,
    leans=-1,
)
_VIEWS = (CAUTIOUS, LIKELY, HOPEFUL)

Integrals = tuple[float, float, float, float, float, float]
"""What the two populations could grow, in ln units: the time integrals of their rates, cold and warm, view by view."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One milk in three views."""

    cautious: Growth
    likely: Growth
    hopeful: Growth

    def counts(self) -> tuple[float, float, float]:
        """Return bacteria per ml: at worst, likely, at best."""
        worst, likely, best = (growth.count(view.model) for view, growth in _in_views(self))
        return worst, likely, best


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Hours until something: at the earliest (nine times in ten it is later), likely, at the latest."""

    earliest: float
    likely: float
    latest: float


def fresh(count: float) -> Estimate:
    """Return milk that begins with `count` bacteria per ml, as far as that can be told."""
    cautious, likely, hopeful = (begun(count * view.dirtier, model=view.model) for view in _VIEWS)
    return Estimate(cautious=cautious, likely=likely, hopeful=hopeful)


def kept(estimate: Estimate, spans: Spans, *, error: float = 0.5) -> Estimate:
    """Return `estimate` after spans of (hours, °C), each temperature good to ±`error` °C."""
    integrals: Integrals = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for hours, celsius in spans:
        integrals = added(integrals, rates(celsius + error, celsius, celsius - error), hours=hours)
    return grown(estimate, integrals)


@lru_cache(maxsize=1024)
def rates(warmest: float, likely: float, coldest: float) -> Integrals:
    """Return the rates, in ln units an hour, of milk that is so warm at worst, likely, and at best."""
    cautious, middle, hopeful = CAUTIOUS.model, LIKELY.model, HOPEFUL.model
    return (
        cautious.cold.rate(warmest),
        cautious.warm.rate(warmest),
        middle.cold.rate(likely),
        middle.warm.rate(likely),
        hopeful.cold.rate(coldest),
        hopeful.warm.rate(coldest),
    )


def added(integrals: Integrals, per_hour: Integrals, *, hours: float) -> Integrals:
    """Return `integrals` after `hours` more at these rates."""
    a, b, c, d, e, f = integrals
    g, h, i, j, k, m = per_hour
    return a + g * hours, b + h * hours, c + i * hours, d + j * hours, e + k * hours, f + m * hours


def grown(estimate: Estimate, integrals: Integrals) -> Estimate:
    """Return `estimate` after its populations had so much to grow."""
    a, b, c, d, e, f = integrals
    return Estimate(
        cautious=grown_by(estimate.cautious, cold=a, warm=b),
        likely=grown_by(estimate.likely, cold=c, warm=d),
        hopeful=grown_by(estimate.hopeful, cold=e, warm=f),
    )


def hours_until(limit: float, estimate: Estimate, *, celsius: float, error: float = 0.5) -> Hours:
    """Return when the count is `limit` if the milk stays at `celsius`, known to ±`error` °C."""
    earliest, likely, latest = (
        hours_to(limit, growth, celsius=celsius + view.leans * error, model=view.model)
        for view, growth in _in_views(estimate)
    )
    return Hours(earliest=earliest, likely=likely, latest=latest)


def poured_together(parts: Iterable[tuple[float, Estimate]]) -> Estimate:
    """Return the blend of (litres, estimate), each view by itself: the worst of all is the worst of the blend."""
    parts = list(parts)
    return Estimate(
        cautious=mixed((litres, one.cautious) for litres, one in parts),
        likely=mixed((litres, one.likely) for litres, one in parts),
        hopeful=mixed((litres, one.hopeful) for litres, one in parts),
    )


def either(one: Estimate, other: Estimate) -> Estimate:
    """Return the blend of two milks where nobody knows how much of each: at worst the dirtier, likely half and half."""
    dirty, clean = sorted((one, other), key=lambda each: each.counts()[0], reverse=True)
    half = mixed([(0.5, one.likely), (0.5, other.likely)])
    return Estimate(cautious=dirty.cautious, likely=half, hopeful=clean.hopeful)


def _in_views(estimate: Estimate) -> tuple[tuple[View, Growth], ...]:
    return (CAUTIOUS, estimate.cautious), (LIKELY, estimate.likely), (HOPEFUL, estimate.hopeful)
