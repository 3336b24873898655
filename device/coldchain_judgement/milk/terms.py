"""By what the milk of a unit is judged beside its temperature, and the times of day that a site says."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from coldchain_judgement.milk.kinds import Species

_AROUND_ABOVE = 5.0
"""Around a cooler that nobody sees it is so much warmer at worst than milk is when it comes."""


class MilkTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a site says of its milk. Times of day are local to `zone`, as "07:00".

    `offset_log10` is added to the log10 of a starting count, as this site's own tests have shown; `tested`: there are
    enough of them to speak of more than 24 hours. `needed_at` is when milk is collected or sold; `milked_at` when the
    morning's milking is. `warm_celsius` is how warm milk stands before it is poured in, and how warm it is around a
    unit that nobody sees. The probe, where it sits, sees a change `lag_s` later than the milk, or earlier.
    """

    zone: str = "Africa/Bamako"
    species: Species = Species.COW
    offset_log10: float = 0.0
    tested: bool = False
    needed_at: tuple[str, ...] = ()
    milked_at: str = "06:00"
    warm_celsius: float = 35.0
    lag_s: int = 0

    @property
    def around_celsius(self) -> float:
        """Return how warm it is presumed to be around a unit, whatever the hour."""
        return self.warm_celsius + _AROUND_ABOVE

    def next_needed_ms(self, at_ms: int) -> int | None:
        """Return when milk is next collected or sold, after `at_ms`; None where nobody has said."""
        return min((next_ms(text, at_ms, zone=self.zone) for text in self.needed_at), default=None)

    def morning_ms(self, at_ms: int) -> int:
        """Return when the morning's milking was, on the local day of `at_ms`: never later than that."""
        return min(at_ms, on_day_ms(self.milked_at, at_ms, zone=self.zone))


def on_day_ms(clock: str, at_ms: int, *, zone: str, days: int = 0) -> int:
    """Return the instant of a time of day on the local day of `at_ms`, or so many days later."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(_zone(zone))
    day = local.date() + timedelta(days=days)
    return int(datetime.combine(day, _time(clock), _zone(zone)).timestamp()) * 1000


def next_ms(clock: str, at_ms: int, *, zone: str) -> int:
    """Return the first instant after `at_ms` at which local clocks say so."""
    today = on_day_ms(clock, at_ms, zone=zone)
    return today if today > at_ms else on_day_ms(clock, at_ms, zone=zone, days=1)


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=32)
def _time(clock: str) -> time:
    return time.fromisoformat(clock)
