"""Capacity: what a unit can cool, learnt from its own fills, and how it warms, learnt from its own failures."""

import math

import msgspec

from coldchain_judgement.curve import Point
from coldchain_judgement.limits import Cooling
from coldchain_judgement.rules.fill import BANDS, Fill, band

KEPT = 16
"""How many fills are remembered: of two a day, eight days, so that a market day is among them."""
LEARNT_FROM = 4
"""Nothing is concluded from fewer fills."""
SHORTEST_MS = 1_800_000
"""What was warm for less than half an hour was a lid opened, and teaches nothing."""
FIRST_MARGIN, MARGIN = 3, 2
"""A step may take three times as long as the slowest that is remembered: 50 litres in place of 20 take 2.5 times as
long, and a hot afternoon adds to it. Once all that is to be remembered is there, large fills are among it: twice."""
LATE = 1.5
"""A fill may take so much longer than what is remembered before it is not what this unit usually does."""
SHORTEST_PATIENCE_S, LONGEST_PATIENCE_S = 3600, 21_600
FIRST_PATIENCE_S = (12_600, 9000, 5400, 5400)
"""Before anything is learnt, by band: three times what half a degree takes in the slowest unit that is thought of.

100 W, 50 litres, 2 W/K, 44 °C outside: 32 W are left at 10 °C and 52 W at 20 °C for 232 kJ/K.
"""


WARMINGS_KEPT, WARMS_FROM = 8, 3
"""How many warmings are remembered, and from how many on anything is concluded: one may be a lid that stood open."""
SHORTEST_WARMING_H, LONGEST_WARMING_H = 3.0, 60.0
"""E-folds of one litre in a thin box and of a hundred in a good one: what lies outside was no milk left alone."""
_HOUR_MS = 3_600_000


class Capacity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is remembered of the last fills: how long each took to be cold, and its slowest steps, band by band (s).

    A fill that was interrupted before it was cold stands there with as long as it had. `warmed_h` are the e-folds (h)
    in which it last warmed where nothing cooled it.
    """

    took_s: tuple[int, ...] = ()
    slowest_s: tuple[tuple[int, ...], ...] = ((),) * (len(BANDS) + 1)
    warmed_h: tuple[float, ...] = ()

    @property
    def usual_s(self) -> int | None:
        """Return how long a fill usually takes to be cold, at the least; None before enough fills were seen."""
        if len(self.took_s) < LEARNT_FROM:
            return None
        return sorted(self.took_s)[len(self.took_s) // 2]

    @property
    def warms_in_h(self) -> float | None:
        """Return by how many hours a factor e the unit warms without power; None before enough was seen."""
        if len(self.warmed_h) < WARMS_FROM:
            return None
        return sorted(self.warmed_h)[(len(self.warmed_h) - 1) // 2]


def learnt(capacity: Capacity, fill: Fill, *, until_ms: int) -> Capacity:
    """Return what is known after a fill that never stood still, and was cold or no longer alone at `until_ms`."""
    end_ms = fill.cold_ms or until_ms
    if end_ms - fill.begun_ms < SHORTEST_MS:
        return capacity
    slowest = tuple(
        (*known[1 - KEPT :], new) if new else known
        for known, new in zip(capacity.slowest_s, fill.slowest_s, strict=True)
    )
    took_s = (*capacity.took_s[1 - KEPT :], (end_ms - fill.begun_ms) // 1000)
    return msgspec.structs.replace(capacity, took_s=took_s, slowest_s=slowest)


def warmed(capacity: Capacity, began: Point, now: Point, *, around: float) -> Capacity:
    """Return what is known once milk has warmed from one point of the curve to another, towards what is `around` it.

    Newton's law: it lacks a factor e less of that in each e-fold.
    """
    (began_ms, from_celsius), (at_ms, celsius) = began, now
    if not from_celsius < celsius < around:
        return capacity
    hours = (at_ms - began_ms) / _HOUR_MS / math.log((around - from_celsius) / (around - celsius))
    if not SHORTEST_WARMING_H <= hours <= LONGEST_WARMING_H:
        return capacity
    return msgspec.structs.replace(capacity, warmed_h=(*capacity.warmed_h[1 - WARMINGS_KEPT :], round(hours, 1)))


def patience_s(capacity: Capacity, celsius: float) -> int:
    """Return how long milk at `celsius` may take to get half a degree colder in this unit."""
    of = band(celsius)
    known = capacity.slowest_s[of]
    if len(known) < LEARNT_FROM:
        return FIRST_PATIENCE_S[of]
    margin = MARGIN if len(known) == KEPT else FIRST_MARGIN
    return min(max(margin * max(known), SHORTEST_PATIENCE_S), LONGEST_PATIENCE_S)


def is_cooled(fill: Fill, capacity: Capacity, cooling: Cooling, *, at_ms: int) -> bool:
    """Return whether a fill gets colder as it does in this unit: then it is no breach that it is warm."""
    if at_ms - fill.begun_ms >= allowed_s(capacity, cooling, cold=fill.cold_ms is not None) * 1000:
        return False
    return not stands_still(fill, capacity, at_ms=at_ms)


def stands_still(fill: Fill, capacity: Capacity, *, at_ms: int) -> bool:
    """Return whether a fill has not got half a degree colder in as long as that may take here."""
    return at_ms - fill.mark[0] >= patience_s(capacity, fill.mark[1]) * 1000


def allowed_s(capacity: Capacity, cooling: Cooling, *, cold: bool) -> int:
    """Return how long a fill may be warm here.

    Where the unit usually cools with time to spare, as long as the profile asks, and else as long as it may need by
    what is remembered. A fill that is `cold` as the profile asks, or in a unit not known yet, only not for ever.
    """
    usual_s = capacity.usual_s
    if cold or usual_s is None:
        return cooling.longest_s
    if LATE * usual_s <= cooling.for_s:
        return cooling.for_s
    return min(max(round(LATE * max(capacity.took_s)), cooling.for_s), cooling.longest_s)


def too_small(capacity: Capacity, cooling: Cooling, *, found: bool) -> bool:
    """Return whether a unit cannot cool its usual fills in time; once `found`, until fewer than a quarter are late."""
    late = sum(took_s > cooling.for_s for took_s in capacity.took_s)
    if found:
        return late * 4 >= len(capacity.took_s)
    return len(capacity.took_s) >= LEARNT_FROM and late * 2 > len(capacity.took_s)
