"""The site's offset: by how much its milk begins dirtier or cleaner than is presumed, as its own quality tests show."""

import math
from collections.abc import Sequence

import msgspec

from coldchain_judgement.milk.estimate import Hours, fresh, hours_until
from coldchain_judgement.milk.limits import ACT_NOW
from coldchain_judgement.milk.starting import CLEAN

LEAST_BATCHES = 20
"""Nothing is concluded from fewer."""
START_SD = 0.5
"""One standard deviation of the log10 of a starting count, before anything is known of a site."""
LABEL_SD = 0.7
"""By how much a test's bound and the model's likely count differ anyway: the start's spread, growth's, the test's."""
_STEP, _LOWEST, _HIGHEST = 0.02, -1.5, 2.5
_P10, _P90 = 0.1, 0.9


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that was tested: the log10 of the count a ml that the model held likely then, **without any offset**,
    and between what the test says that it was. One that says "too many" has no `at_most`; a plate count has both."""

    log10_likely: float
    at_least: float | None = None
    at_most: float | None = None


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """What the log10 of a site's starting counts is off by: likely, and between what (nine times in ten each way)."""

    log10: float
    low: float
    high: float
    batches: int


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What an offset does: hours until 10^6 a ml of milk just milked that is kept at `celsius`, before and after."""

    celsius: float
    before: Hours
    after: Hours


def fit(batches: Sequence[Labelled]) -> Offset | None:
    """Return the offset that explains the tests of a site best; None where there are fewer than twenty of them.

    The start is presumed right to ±0.5 log10 (one sd), and every test moves that by what it excludes: tests that were
    passed by milk which had no time to spoil exclude nothing, and leave the offset where it was. An offset moves a
    count by as much, at any time, as long as it is far from the ceiling; so it does here.
    """
    if len(batches) < LEAST_BATCHES:
        return None
    grid = [_LOWEST + _STEP * number for number in range(round((_HIGHEST - _LOWEST) / _STEP) + 1)]
    logs = [-0.5 * (offset / START_SD) ** 2 + sum(_log_likelihood(one, offset) for one in batches) for offset in grid]
    weights = [math.exp(one - max(logs)) for one in logs]
    return Offset(
        log10=round(_quantile(grid, weights, 0.5), 2),
        low=round(_quantile(grid, weights, _P10), 2),
        high=round(_quantile(grid, weights, _P90), 2),
        batches=len(batches),
    )


def effects(offset_log10: float, *, celsius: Sequence[float] = (4.0, 10.0, 25.0, 35.0)) -> list[Effect]:
    """Return what an offset does to milk that is kept at each of these temperatures."""
    before, after = fresh(CLEAN), fresh(CLEAN * 10.0**offset_log10)
    return [
        Effect(
            celsius=at,
            before=hours_until(ACT_NOW, before, celsius=at),
            after=hours_until(ACT_NOW, after, celsius=at),
        )
        for at in celsius
    ]


def _log_likelihood(batch: Labelled, offset: float) -> float:
    """Return the log of how likely a test's answer is, were the offset this."""
    likely = batch.log10_likely + offset
    below = 1.0 if batch.at_most is None else _normal((batch.at_most - likely + _STEP / 2) / LABEL_SD)
    under = 0.0 if batch.at_least is None else _normal((batch.at_least - likely - _STEP / 2) / LABEL_SD)
    return math.log(max(below - under, 1e-6))  # one wild test never decides alone


def _normal(x: float) -> float:
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def _quantile(grid: Sequence[float], weights: Sequence[float], share: float) -> float:
    """Return the value below which so much of the weight lies."""
    left = share * sum(weights)
    for value, weight in zip(grid, weights, strict=True):
        left -= weight
        if left <= 0.0:
            return value
    return grid[-1]
