"""Limits and the profiles that name sets of them: data that a unit is judged by, each limit with its source."""

import enum

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


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named set of limits, with how long silence and faults are borne before they count."""

    name: str
    title: str
    source: str
    limits: tuple[Limit, ...]
    silent_after_s: int = 1800
    fault_after_s: int = 600
