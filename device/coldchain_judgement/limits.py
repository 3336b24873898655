"""Limits and the profiles that name sets of them: data that a unit is judged by, each limit with its source."""

import enum
import math

import msgspec


class Side(enum.Enum):
    ABOVE = "above"
    BELOW = "below"


class Level(enum.Enum):
    """How much it matters. Critical milk is told at any hour and shown red on the box; a warning is amber."""

    WARNING = "warning"
    CRITICAL = "critical"


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beyond `celsius` on its `side` for `for_s` seconds without a break is a breach.

    `inclusive` says whether exactly `celsius` already counts (a law's "not above 8.0" is not inclusive, a LogTag's
    30.0 is). It clears at `clear_celsius` held for `clear_for_s`. `source` is the text or standard it comes from.
    """

    name: str
    side: Side
    celsius: float
    inclusive: bool
    for_s: int
    clear_celsius: float
    clear_for_s: int
    level: Level
    source: str

    def crossed_by(self, celsius: float) -> bool:
        """Return whether `celsius` lies beyond this limit."""
        if celsius == self.celsius:
            return self.inclusive
        return (celsius > self.celsius) is (self.side is Side.ABOVE)

    def cleared_by(self, celsius: float) -> bool:
        """Return whether `celsius` lies on the good side of the clear line, the line itself included."""
        return celsius <= self.clear_celsius if self.side is Side.ABOVE else celsius >= self.clear_celsius


class Cumulative(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cumulative"):
    """Above `celsius` for `for_s` seconds in all, in the last `window_s`, is a breach; good values take nothing away.

    `inclusive` as in `Limit`. It clears once the window holds less and values have been at `clear_celsius` or colder
    for `clear_for_s`.
    """

    name: str
    celsius: float
    inclusive: bool
    for_s: int
    window_s: int
    clear_celsius: float
    clear_for_s: int
    level: Level
    source: str

    def crossed_by(self, celsius: float) -> bool:
        """Return whether time at `celsius` counts."""
        return celsius >= self.celsius if self.inclusive else celsius > self.celsius


class Cooling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cooling"):
    """Warm milk poured in is cooled here, so it is no breach while it gets colder as it does in this unit.

    A fill is to be at `celsius` or colder within `for_s` of its beginning; a unit that usually cannot is too small for
    its fills. A fill that is not cold after `longest_s` is not cooled, however steadily it gets colder.
    """

    celsius: float
    for_s: int
    longest_s: int
    source: str


class Blend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="blend"):
    """Cold milk that warm milk was poured to, above `celsius` for `for_s` after the pouring, is a breach."""

    celsius: float
    inclusive: bool
    for_s: int
    clear_celsius: float
    clear_for_s: int
    level: Level
    source: str

    def crossed_by(self, celsius: float) -> bool:
        """Return whether `celsius` is too warm for a blend."""
        return celsius >= self.celsius if self.inclusive else celsius > self.celsius


class Trend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="trend"):
    """Milk at `celsius` or above that has got `rise_celsius` warmer in at most `window_s`, without a break and beyond
    what is usual.

    It clears once half of the rise has been gone for `clear_for_s`.
    """

    celsius: float
    rise_celsius: float
    window_s: int
    clear_for_s: int
    level: Level
    source: str


Guard = Cumulative | Cooling | Blend | Trend
"""A limit of another kind than a line and a duration."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named set of limits, with how long silence and faults are borne before they count.

    Without `cooling` whatever is warm is judged as warm, whether it was just poured in or not. `held_s` is how long
    milk is held so at the longest: what was touched longer ago is no longer there. `raw_milk`: what is in a unit is raw
    milk, whose time is reckoned.
    """

    name: str
    title: str
    source: str
    limits: tuple[Limit, ...]
    silent_after_s: int = 1800
    fault_after_s: int = 600
    held_s: int = 172_800
    raw_milk: bool = False
    cumulative: tuple[Cumulative, ...] = ()
    cooling: Cooling | None = None
    blend: Blend | None = None
    trend: Trend | None = None

    @property
    def warm_celsius(self) -> float:
        """Return the lowest line that milk is not to be above; infinity where there is none."""
        return min((limit.celsius for limit in self.limits if limit.side is Side.ABOVE), default=math.inf)
