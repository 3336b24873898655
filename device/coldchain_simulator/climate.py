"""The air outside in Ménaka: month, hour of the day, and weather from a seed."""

import functools
import math
import random
from datetime import UTC, date, datetime, timedelta

import msgspec

from coldchain_contract.clock import utc

_DAY_MS = 86_400_000
_MEAN_HIGHEST = (30.0, 33.0, 37.0, 40.0, 42.0, 41.0, 38.0, 36.0, 38.0, 39.0, 35.0, 31.0)
_MEAN_LOWEST = (14.0, 17.0, 24.0, 27.0, 29.0, 29.0, 28.0, 26.0, 26.0, 26.0, 24.0, 19.0)
_COLDEST_HOUR, _HOTTEST_HOUR = 6.0, 15.0
_RECORD_HIGHEST, _RECORD_LOWEST = 47.0, 8.0


class Climate(msgspec.Struct, frozen=True, kw_only=True):
    """The weather of a region. `shift_ms` lets an instant have the weather of another, as a demo at any date needs.

    The mean daily maxima are Ménaka's; the minima are guesses that give its published monthly means.
    """

    seed: int = 0
    unrest_celsius: float = 1.5
    shift_ms: int = 0
    highest: tuple[float, ...] = _MEAN_HIGHEST
    lowest: tuple[float, ...] = _MEAN_LOWEST

    def celsius(self, at_ms: int) -> float:
        """Return the temperature in the shade. Ménaka's solar time is taken as UTC (2° east)."""
        at = at_ms + self.shift_ms
        day, hour = utc(at).date(), (at % _DAY_MS) / 3_600_000
        low, high = _between(self.lowest, day), _between(self.highest, day)
        mean = low + (high - low) * _warmth(hour) + self._unrest(day, hour)
        return min(_RECORD_HIGHEST, max(_RECORD_LOWEST, mean))

    def _unrest(self, day: date, hour: float) -> float:
        today, tomorrow = (_deviation(self.seed, which.toordinal()) for which in (day, day + timedelta(days=1)))
        return self.unrest_celsius * (today + (tomorrow - today) * hour / 24)


@functools.lru_cache(maxsize=64)
def _between(monthly: tuple[float, ...], day: date) -> float:
    """Return the value for `day`, on straight lines between the middles of the months."""
    middles = [(datetime(day.year, month, 15, tzinfo=UTC).date(), monthly[month - 1]) for month in range(1, 13)]
    before = (date(day.year - 1, 12, 15), monthly[11])
    after = (date(day.year + 1, 1, 15), monthly[0])
    for (start, low), (end, high) in zip([before, *middles], [*middles, after], strict=True):
        if start <= day < end:
            return low + (high - low) * (day - start).days / (end - start).days
    raise AssertionError(f"{day} lies between no two middles of months")


def _warmth(hour: float) -> float:
    """Return 0 at the coldest hour, 1 at the hottest, on two half cosines: a quick morning, a slow night."""
    rise = _HOTTEST_HOUR - _COLDEST_HOUR
    since = (hour - _COLDEST_HOUR) % 24
    if since <= rise:
        return (1 - math.cos(math.pi * since / rise)) / 2
    return (1 + math.cos(math.pi * (since - rise) / (24 - rise))) / 2


@functools.lru_cache(maxsize=64)
def _deviation(seed: int, ordinal: int) -> float:
    return random.Random(f"weather/{seed}/{ordinal}").gauss(0, 1)
