"""Draws over what is not known of raw milk and of how it was measured; seeded: the same milk gets the same range."""

import msgspec
import numpy as np

from coldchain_judgement.milk.batch import Pour
from coldchain_judgement.milk.estimate import Estimate
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.model import RAW_COW
from coldchain_judgement.milk.starting import CLEAN, COOLED_WITHIN_H, OLD
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.lab.growth import Array, Milks, begun, grown, mixed, rate

COUNT = 600
SEED = 20260301
START_SD = 0.5
"""One standard deviation of the log10 of a starting count."""
_SHARES = (0.01, 0.03, 0.5)
"""The lowest share of mesophiles, of psychrotrophs, and the highest of either; log-uniform between."""
_LONGEST_LAG = 2.0
_COLD_SD, _WARM_SD = 0.30, 0.20
"""Of the log of each rate: psychrotrophs, mesophiles."""
_P90 = 1.2816
_FARTHEST = 2.5


class Draws(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What may be so, an array of each, one place a draw.

    `start` is standard normal; so is `milk`, which places what was estimated before within its three views. `part` is
    the share of a pour where nobody knows it. `untold` is by how much, in log10, milk of unknown age is off from 10^6:
    it had from 10^5 a ml, just milked, to the 10^7 of Bamako's selling points. The paces multiply the rates. From −1 to
    +1: `error` is how far the sensor errs to its bounds, `behind` how far the milk is off from a lagging probe, and
    `gap` where between its bounds a gap was.
    """

    start: Array
    untold: Array
    milk: Array
    part: Array
    cold_share: Array
    warm_share: Array
    lag: Array
    cold_pace: Array
    warm_pace: Array
    error: Array
    behind: Array
    gap: Array

    def __len__(self) -> int:
        return len(self.start)


def drawn(count: int = COUNT, *, seed: int = SEED) -> Draws:
    """Return so many draws of the factors that the model's uncertainty was stated by."""
    random = np.random.default_rng(seed)
    lowest_warm, lowest_cold, highest = _SHARES

    def share(lowest: float) -> Array:
        return np.exp(random.uniform(np.log(lowest), np.log(highest), count))

    warm_share, cold_share = share(lowest_warm), share(lowest_cold)
    return Draws(
        start=random.standard_normal(count),
        cold_share=cold_share,
        warm_share=np.minimum(warm_share, 1.0 - cold_share),
        lag=random.uniform(0.0, _LONGEST_LAG, count),
        cold_pace=np.exp(random.normal(0.0, _COLD_SD, count)),
        warm_pace=np.exp(random.normal(0.0, _WARM_SD, count)),
        untold=random.uniform(-1.0, 1.0, count),
        milk=random.standard_normal(count),
        part=random.uniform(0.0, 1.0, count),
        error=random.uniform(-1.0, 1.0, count),
        behind=random.uniform(-1.0, 1.0, count),
        gap=random.uniform(-1.0, 1.0, count),
    )


def fresh(log10_count: float | Array, draws: Draws) -> Milks:
    """Return milk of about so many bacteria a ml, as each draw has it."""
    count = 10.0 ** (log10_count + START_SD * draws.start)
    return begun(count, cold_share=draws.cold_share, warm_share=draws.warm_share, lag=draws.lag)


def poured(pour: Pour, terms: MilkTerms, draws: Draws) -> Milks:
    """Return what is in a unit just after a pour, as each draw has it: the blend with what was there before."""
    came = _came(pour, terms, draws) if pour.carried is None else scattered(pour.carried, draws)
    if pour.before is None:
        return came
    share: Array = draws.part
    if pour.litres is not None and pour.before.litres is not None:
        share = np.full(len(draws), pour.litres / (pour.litres + pour.before.litres))
    elif pour.share is not None:
        share = np.full(len(draws), pour.share)
    return mixed(scattered(pour.before.estimate, draws), came, share=share)


def _came(pour: Pour, terms: MilkTerms, draws: Draws) -> Milks:
    """Return milk of the age that was told, or any age where nobody told, as it was poured in."""
    if pour.milked is Milked.UNKNOWN:
        return fresh(np.log10(OLD) + terms.offset_log10 + draws.untold, draws)
    hours = (pour.at_ms - pour.milked_ms) / HOUR_MS
    stood = standing(fresh(np.log10(CLEAN) + terms.offset_log10, draws), draws, hours=hours, celsius=terms.warm_celsius)
    if hours <= COOLED_WITHIN_H:
        return stood
    old = fresh(np.log10(OLD) + terms.offset_log10, draws)
    return old if np.median(stood.count()) < np.median(old.count()) else stood


def standing(milks: Milks, draws: Draws, *, hours: float, celsius: float) -> Milks:
    """Return milk of each draw after so many hours at one temperature."""
    at = np.asarray(celsius)
    cold, warm = rate(RAW_COW.cold, at) * hours * draws.cold_pace, rate(RAW_COW.warm, at) * hours * draws.warm_pace
    return grown(milks, cold=cold, warm=warm)


def scattered(estimate: Estimate, draws: Draws) -> Milks:
    """Return milk that was estimated before, spread as its three views are: they are its tenth parts and its middle."""
    place = np.clip(draws.milk, -_FARTHEST, _FARTHEST) / _P90

    def between(hopeful: float, likely: float, cautious: float) -> Array:
        return likely + place * np.where(place > 0, cautious - likely, likely - hopeful)

    def number(of: str) -> Array:
        values = (getattr(one, of) for one in (estimate.hopeful, estimate.likely, estimate.cautious))
        return np.exp(between(*(np.log(max(value, 1e-9)) for value in values)))

    def lag(of: str) -> Array:
        values = (getattr(one, of) for one in (estimate.hopeful, estimate.likely, estimate.cautious))
        return np.maximum(0.0, between(*values))

    return Milks(
        cold=number("cold"),
        warm=number("warm"),
        rest=number("rest"),
        cold_lag=lag("cold_lag"),
        warm_lag=lag("warm_lag"),
    )
