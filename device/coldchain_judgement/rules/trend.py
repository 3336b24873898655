"""Warming: milk that gets warmer without a break, as it does where nothing cools it, before it is too warm."""

from itertools import pairwise

import msgspec

from coldchain_judgement.curve import EVERY_MS, Curve, Point
from coldchain_judgement.limits import Trend
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "trend"
SHORTEST_MS = 3_600_000
"""A rise of less than an hour may be the pause of a compressor, or a lid."""
FASTEST = 0.75
"""°C in ten minutes. Five litres without power at 40 °C rise by 0.65; what rises faster is no milk left alone."""
FALLING = -0.1
"""°C between two points that are noise: a probe tells 0.06 °C apart."""
RISING = 0.8
"""So many of the points are above the one before."""
SLOT_MS, SLOTS = 21_600_000, 12
"""What is usual is the warmest of the last three days, looked at by quarters of a day: no day is as hot as the next."""
USUAL_MARGIN = 0.5


class Warming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: (slot, °C) of the warmest that milk at rest was, and where a rise began that stands."""

    standing: Standing = Standing.UNKNOWN
    warmest: tuple[tuple[int, float], ...] = ()
    began: Point | None = None
    worst: float | None = None
    clearing_ms: int | None = None


def step(
    state: Warming,
    limit: Trend,
    curve: Curve,
    *,
    filling: bool,
    pointed: bool,
    profile: str | None = None,
) -> tuple[Warming, Verdict | None]:
    """Judge the curve where a point was added to it; while milk is `filling` the unit nothing is usual, and no trend.

    A breach ends once the milk is back half of its rise for as long as the limit says.
    """
    if not pointed:
        return state, None
    at_ms, celsius = curve.points[-1]
    if state.standing is Standing.BREACH:
        return _back(state, limit, curve, at_ms=at_ms, celsius=celsius, profile=profile)
    possible = not filling and celsius >= limit.celsius and _unusual(state, at_ms=at_ms, celsius=celsius)
    began = _rise(curve.points, limit) if possible else None
    if began is not None:
        after = Warming(standing=Standing.BREACH, warmest=state.warmest, began=began, worst=celsius)
        return after, _verdict(after, limit, since_ms=began[0], at_ms=at_ms, celsius=celsius, profile=profile)
    resting = curve.rested and not filling
    warmest = _warmest(state.warmest, at_ms // SLOT_MS, celsius if resting else None)
    if state.standing is Standing.FINE:
        return (state if warmest is state.warmest else Warming(standing=Standing.FINE, warmest=warmest)), None
    after = Warming(standing=Standing.FINE, warmest=warmest)
    return after, _verdict(after, limit, since_ms=at_ms, at_ms=at_ms, celsius=celsius, profile=profile)


def _unusual(state: Warming, *, at_ms: int, celsius: float) -> bool:
    """Return whether it is warmer than milk at rest was in earlier quarters of a day, at least one of them."""
    slot = at_ms // SLOT_MS
    usual = max((warmest for of, warmest in state.warmest if slot - SLOTS <= of < slot), default=None)
    return usual is not None and celsius > usual + USUAL_MARGIN


def _rise(points: tuple[Point, ...], limit: Trend) -> Point | None:
    """Return the latest point from which the curve has risen enough, for an hour or more and without a break."""
    at_ms, celsius = points[-1]
    for number in range(len(points) - 2, -1, -1):
        began_ms, from_celsius = points[number]
        if at_ms - began_ms > limit.window_s * 1000:
            return None
        if at_ms - began_ms >= SHORTEST_MS and celsius - from_celsius >= limit.rise_celsius:
            return points[number] if _unbroken(points[number:]) else None
    return None


def _unbroken(points: tuple[Point, ...]) -> bool:
    rises = [(after - before, (to_ms - from_ms) / EVERY_MS) for (from_ms, before), (to_ms, after) in pairwise(points)]
    if any(not FALLING <= rise <= FASTEST * max(tens, 1.0) for rise, tens in rises):
        return False
    return sum(rise > 0 for rise, _ in rises) >= RISING * len(rises)


def _warmest(warmest: tuple[tuple[int, float], ...], slot: int, celsius: float | None) -> tuple[tuple[int, float], ...]:
    if celsius is None:
        return warmest
    if warmest and warmest[-1][0] == slot:
        return warmest if celsius <= warmest[-1][1] else (*warmest[:-1], (slot, celsius))
    return (*(one for one in warmest if one[0] >= slot - SLOTS), (slot, celsius))


def _back(
    state: Warming, limit: Trend, curve: Curve, *, at_ms: int, celsius: float, profile: str | None
) -> tuple[Warming, Verdict | None]:
    assert state.began is not None  # noqa: S101 - set where the breach was found
    if celsius > state.began[1] + limit.rise_celsius / 2:
        return msgspec.structs.replace(state, worst=max(state.worst or celsius, celsius), clearing_ms=None), None
    unbroken = state.clearing_ms is not None and state.clearing_ms >= curve.points[0][0]
    since_ms = state.clearing_ms if state.clearing_ms is not None and unbroken else at_ms
    if at_ms - since_ms < limit.clear_for_s * 1000:
        return msgspec.structs.replace(state, clearing_ms=since_ms), None
    over = msgspec.structs.replace(state, standing=Standing.FINE)
    verdict = _verdict(over, limit, since_ms=since_ms, at_ms=at_ms, celsius=celsius, profile=profile)
    return Warming(standing=Standing.FINE, warmest=state.warmest), verdict


def _verdict(
    state: Warming, limit: Trend, *, since_ms: int, at_ms: int, celsius: float, profile: str | None
) -> Verdict:
    return Verdict(
        rule=NAME,
        standing=state.standing,
        level=limit.level,
        why=Why.WARMING if state.standing is Standing.BREACH else Why.WITHIN,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(celsius=celsius, worst_celsius=state.worst, guard=limit, profile=profile),
    )
