"""The growth model with NumPy: many milks, spans or draws in one call, the same numbers as the plain one gives.

Arrays go together as NumPy broadcasts them. Where a function says *along time*, the last axis is time.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from coldchain_judgement.milk.growth import Growth
from coldchain_judgement.milk.model import RAW_COW, Model, Population

Array = NDArray[np.float64]

_STEPS, _CLOSE = 60, 1e-12
SENSOR_STEPS = 16
"""A DS18B20 at 12 bits measures in sixteenths of a degree."""
_COLDEST, _WARMEST = -55, 125


class Milks(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Many milks, each as `Growth` is one: numbers per ml as if there were no ceiling, and the lag before them."""

    cold: Array
    warm: Array
    rest: Array
    cold_lag: Array
    warm_lag: Array

    @classmethod
    def of(cls, growth: Growth) -> "Milks":
        """Return one milk, to be taken as many."""
        return cls(
            cold=np.asarray(growth.cold),
            warm=np.asarray(growth.warm),
            rest=np.asarray(growth.rest),
            cold_lag=np.asarray(growth.cold_lag),
            warm_lag=np.asarray(growth.warm_lag),
        )

    def count(self, most: float = RAW_COW.most) -> Array:
        """Return the bacteria per ml of each."""
        free = self.cold + self.warm + self.rest
        return free / (1.0 + free / most)

    def chosen(self, index: NDArray[np.intp], *, axis: int = -1) -> "Milks":
        """Return one milk of each row, the one that `index` names along `axis`."""

        def taken(values: Array) -> Array:
            return np.take_along_axis(values, np.expand_dims(index, axis), axis=axis).squeeze(axis)

        return Milks(
            cold=taken(self.cold),
            warm=taken(self.warm),
            rest=taken(self.rest),
            cold_lag=taken(self.cold_lag),
            warm_lag=taken(self.warm_lag),
        )


def begun(count: Array, *, cold_share: Array, warm_share: Array, lag: Array) -> Milks:
    """Return fresh milks of so many bacteria per ml, all of them still in their lag."""
    return Milks(
        cold=cold_share * count,
        warm=warm_share * count,
        rest=(1.0 - cold_share - warm_share) * count,
        cold_lag=lag + np.zeros_like(count),
        warm_lag=lag + np.zeros_like(count),
    )


def rate(population: Population, celsius: Array) -> Array:
    """Return the growth rates in ln units an hour, as `Population.rate` does."""
    above, span = celsius - population.lowest, population.best - population.lowest
    under = span * (
        span * (celsius - population.best)
        - (population.best - population.highest) * (population.best + population.lowest - 2 * celsius)
    )
    growing = (celsius > population.lowest) & (celsius < population.highest)
    rates = np.divide(
        population.fastest * (celsius - population.highest) * above * above,
        under,
        out=np.zeros_like(under),
        where=growing,
    )
    if not population.clamped:
        return rates
    fastest: Array = np.where(celsius > population.best, population.fastest, rates)
    return fastest


class SensorRates:
    """Both rates of every temperature that a DS18B20 can measure, so that a year of minutes is looked up."""

    def __init__(self, model: Model = RAW_COW) -> None:
        celsius = np.arange(_COLDEST * SENSOR_STEPS, _WARMEST * SENSOR_STEPS + 1) / SENSOR_STEPS
        self._cold, self._warm = rate(model.cold, celsius), rate(model.warm, celsius)

    def integrals(self, sixteenths: NDArray[np.int16], *, hours: float) -> tuple[Array, Array]:
        """Return the time integrals of both rates along time, of values that stand for `hours` each."""
        index = sixteenths.astype(np.intp)
        index -= _COLDEST * SENSOR_STEPS
        cold: Array = self._cold.take(index, mode="clip").sum(axis=-1) * hours
        warm: Array = self._warm.take(index, mode="clip").sum(axis=-1) * hours
        return cold, warm


def through(milks: Milks, hours: Array, celsius: Array, *, model: Model = RAW_COW) -> Milks:
    """Return milks after spans of hours and °C along time."""
    cold = (rate(model.cold, celsius) * hours).sum(axis=-1)
    warm = (rate(model.warm, celsius) * hours).sum(axis=-1)
    return grown(milks, cold=cold, warm=warm)


def grown(milks: Milks, *, cold: Array, warm: Array) -> Milks:
    """Return milks after each population had the time integral of its rate, in ln units, to grow."""
    return Milks(
        cold=milks.cold * _multiplied(milks.cold_lag, cold),
        warm=milks.warm * _multiplied(milks.warm_lag, warm),
        rest=milks.rest + np.zeros_like(cold),
        cold_lag=_lag_left(milks.cold_lag, cold),
        warm_lag=_lag_left(milks.warm_lag, warm),
    )


def hours_to(limit: float, milks: Milks, *, cold: Array, warm: Array, most: float = RAW_COW.most) -> Array:
    """Return the hours until each count is `limit` at steady rates: 0 where it is already, infinity where never.

    The plain model's steps of Newton, for all at once.
    """
    over, shape = milks.count(most) >= limit, np.broadcast_shapes(milks.cold.shape, np.shape(cold), np.shape(warm))
    if limit >= most:
        return np.where(over, 0.0, np.inf) + np.zeros(shape)
    need = limit / (1.0 - limit / most)
    hours = np.minimum(
        _alone(milks.cold, milks.cold_lag, cold, to=need - milks.warm - milks.rest),
        _alone(milks.warm, milks.warm_lag, warm, to=need - milks.cold - milks.rest),
    )
    hours = np.where(over, 0.0, hours) + np.zeros(shape)
    ends = np.isfinite(hours)
    cold_active, warm_active = milks.cold * np.exp(-milks.cold_lag), milks.warm * np.exp(-milks.warm_lag)
    free = milks.cold + milks.warm + milks.rest
    for _ in range(_STEPS):
        at = np.where(ends, hours, 0.0)
        gained = cold_active * np.expm1(cold * at) + warm_active * np.expm1(warm * at)
        rising = cold * cold_active * np.exp(cold * at) + warm * warm_active * np.exp(warm * at)
        step = np.divide(free + gained - need, rising, out=np.zeros(shape), where=ends & ~over & (rising > 0))
        hours = hours - step
        if np.all(step <= _CLOSE * np.where(ends, hours, 1.0)):
            break
    return np.maximum(hours, 0.0)


def mixed(one: Milks, other: Milks, *, share: Array) -> Milks:
    """Return what comes of pouring `share` of the other to the rest of the one, as numbers mix by volume."""
    cold, cold_lag = _blended(one.cold, one.cold_lag, other.cold, other.cold_lag, share)
    warm, warm_lag = _blended(one.warm, one.warm_lag, other.warm, other.warm_lag, share)
    rest = (1.0 - share) * one.rest + share * other.rest
    return Milks(cold=cold, warm=warm, rest=rest, cold_lag=cold_lag, warm_lag=warm_lag)


def _blended(first: Array, first_lag: Array, then: Array, then_lag: Array, share: Array) -> tuple[Array, Array]:
    whole = (1.0 - share) * first + share * then
    active = (1.0 - share) * first * np.exp(-first_lag) + share * then * np.exp(-then_lag)
    return whole, np.maximum(0.0, -np.log(active / whole))


def _alone(number: Array, lag: Array, pace: Array, *, to: Array) -> Array:
    """Return the hours until one population is `to`; infinity where it never is."""
    grows = (number > 0.0) & (pace > 0.0)
    numbers, paces = np.where(grows, number, 1.0), np.where(grows, pace, 1.0)
    return np.where(grows, np.log1p(np.maximum(to / numbers - 1.0, 0.0) * np.exp(lag)) / paces, np.inf)


def _multiplied(lag: Array, integral: Array) -> Array:
    return 1.0 + np.expm1(integral) * np.exp(-lag)


def _lag_left(lag: Array, integral: Array) -> Array:
    left: Array = np.log1p(np.expm1(lag) * np.exp(-integral))
    return left
