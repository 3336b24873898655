"""The range: between what milk's count and its hours left lie, nine draws in ten above and nine in ten below."""

from collections.abc import Sequence

import msgspec
import numpy as np

from coldchain_judgement.milk.following import ERROR_CELSIUS
from coldchain_judgement.milk.limits import ACT_NOW, SPOILED
from coldchain_judgement.milk.model import RAW_COW
from coldchain_server.lab.draws import Draws
from coldchain_server.lab.growth import Array, Milks, grown, hours_to, rate
from coldchain_server.lab.kept import Kept

_SHARES = (0.1, 0.5, 0.9)
_AT_A_TIME = 256
"""So many spans are worked through at once: memory does not grow with the length of a trace."""


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """One draw in ten is below `p10`, half are below `p50`, nine in ten below `p90`; infinity is never."""

    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, values: Array) -> "Percentiles":
        p10, p50, p90 = np.quantile(values, _SHARES, method="inverted_cdf").tolist()
        return cls(p10=p10, p50=p50, p90=p90)


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Milk along the time it was kept: `log10[i]` is of its count after `hours[i]` hours, the first at its beginning.

    `use` and `spoil` are the hours from its beginning until it has 10^6 and 10^7 a ml, if it stays as it was last.
    """

    hours: tuple[float, ...]
    log10: tuple[Percentiles, ...]
    use: Percentiles
    spoil: Percentiles


def ranged(milks: Milks, kept: Kept, draws: Draws, *, then_celsius: float, error: float = ERROR_CELSIUS) -> Range:
    """Return the range of milk that was kept so, and stays at `then_celsius`."""
    ends = np.concatenate(([0.0], np.cumsum(kept.hours)))
    log10 = [np.quantile(np.log10(milks.count()), _SHARES, method="inverted_cdf")[:, None]]
    reached = {limit: np.where(milks.count() >= limit, 0.0, np.inf) for limit in (ACT_NOW, SPOILED)}
    for first in range(0, len(kept), _AT_A_TIME):
        part = kept.part(slice(first, first + _AT_A_TIME))
        cold_rate, warm_rate = _rates(part.as_drawn(draws, error=error), draws)
        along = _along(milks, part.hours, cold_rate, warm_rate)
        counts = along.count()
        log10.append(np.quantile(np.log10(counts[:, 1:]), _SHARES, axis=0, method="inverted_cdf"))
        for limit, hours in reached.items():
            _note(limit, hours, along, rates=(cold_rate, warm_rate), from_h=ends[first : first + len(part)])
        milks = along.chosen(np.full(len(draws), len(part)))
    then = np.full((len(draws), 1), then_celsius) + error * draws.error[:, None]
    cold, warm = (rates[:, 0] for rates in _rates(then, draws))
    for limit, hours in reached.items():
        np.minimum(hours, ends[-1] + hours_to(limit, milks, cold=cold, warm=warm), out=hours)
    return Range(
        hours=tuple(ends.tolist()),
        log10=tuple(
            Percentiles(p10=low, p50=middle, p90=high) for low, middle, high in np.concatenate(log10, axis=1).T.tolist()
        ),
        use=Percentiles.of(reached[ACT_NOW]),
        spoil=Percentiles.of(reached[SPOILED]),
    )


def thinned(whole: Range, most: int) -> Range:
    """Return a range of at most so many instants, the first and the last among them."""
    if len(whole.hours) <= most:
        return whole
    chosen: Sequence[int] = np.unique(np.linspace(0, len(whole.hours) - 1, most).round().astype(int)).tolist()
    return Range(
        hours=tuple(whole.hours[index] for index in chosen),
        log10=tuple(whole.log10[index] for index in chosen),
        use=whole.use,
        spoil=whole.spoil,
    )


def _rates(celsius: Array, draws: Draws) -> tuple[Array, Array]:
    cold = rate(RAW_COW.cold, celsius) * draws.cold_pace[:, None]
    warm = rate(RAW_COW.warm, celsius) * draws.warm_pace[:, None]
    return cold, warm


def _along(milks: Milks, hours: Array, cold_rate: Array, warm_rate: Array) -> Milks:
    """Return milks at the beginning of every span and after the last: draws × (spans + 1)."""

    def summed(rates: Array) -> Array:
        return np.concatenate((np.zeros((len(rates), 1)), np.cumsum(rates * hours, axis=1)), axis=1)

    began = Milks(
        cold=milks.cold[:, None],
        warm=milks.warm[:, None],
        rest=milks.rest[:, None],
        cold_lag=milks.cold_lag[:, None],
        warm_lag=milks.warm_lag[:, None],
    )
    return grown(began, cold=summed(cold_rate), warm=summed(warm_rate))


def _note(limit: float, hours: Array, along: Milks, *, rates: tuple[Array, Array], from_h: Array) -> None:
    """Enter into `hours` when draws reach a limit within these spans that had not reached it before."""
    over = along.count()[:, 1:] >= limit
    crossing = np.flatnonzero(np.isinf(hours) & over.any(axis=1))
    if not len(crossing):
        return
    span = over[crossing].argmax(axis=1)
    at = Milks(
        cold=along.cold[crossing, span],
        warm=along.warm[crossing, span],
        rest=along.rest[crossing, span],
        cold_lag=along.cold_lag[crossing, span],
        warm_lag=along.warm_lag[crossing, span],
    )
    more = hours_to(limit, at, cold=rates[0][crossing, span], warm=rates[1][crossing, span])
    hours[crossing] = from_h[span] + more
