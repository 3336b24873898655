"""Warm for too long in all: the minutes of many short times, put together."""

import msgspec

from coldchain_judgement.limits import Cumulative
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

PREFIX = "cumulative:"
SLOT_MS = 900_000
"""The window moves on by quarters of an hour."""


class Warmth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: (slot, ms) of the warm time in the window, oldest first, and since when it has been warm
    at the last value (None: it was not), or cold enough to clear."""

    standing: Standing = Standing.UNKNOWN
    last_ms: int | None = None
    warm: tuple[tuple[int, int], ...] = ()
    counts: bool = False
    clearing_ms: int | None = None
    worst: float | None = None


def name_of(limit: Cumulative) -> str:
    """Return the name of the rule that judges `limit`; no other rule can have it."""
    return PREFIX + limit.name


def anew(state: Warmth) -> Warmth:
    """Return the state for another batch of milk, to which nothing has happened yet: a breach is over."""
    return Warmth(standing=Standing.UNKNOWN if state.standing is Standing.BREACH else state.standing)


def step(
    state: Warmth,
    limit: Cumulative,
    *,
    at_ms: int,
    celsius: float,
    gap: bool,
    counts: bool = True,
    told: bool = False,
    profile: str | None = None,
) -> tuple[Warmth, Verdict | None]:
    """Judge one value; they come in order.

    A temperature holds until the next value; what a `gap` hides counts for nothing, and so does what is not to count.
    Nothing begins to be said while people are `told` already that the milk is warm.
    """
    window = -(-limit.window_s * 1000 // SLOT_MS)
    begins = at_ms // SLOT_MS - window + 1
    warm = state.warm
    if state.counts and not gap and state.last_ms is not None:
        warm = _added(warm, from_ms=state.last_ms, to_ms=at_ms)
    if warm and warm[0][0] < begins:
        warm = tuple(one for one in warm if one[0] >= begins)
    crossed = limit.crossed_by(celsius)
    full = bool(warm) and sum(ms for _, ms in warm) >= limit.for_s * 1000
    cold = celsius <= limit.clear_celsius and not full
    clearing_ms = (at_ms if state.clearing_ms is None or gap else state.clearing_ms) if cold else None
    after = Warmth(
        standing=state.standing,
        last_ms=at_ms,
        warm=warm,
        counts=crossed and counts,
        clearing_ms=clearing_ms if state.standing is Standing.BREACH else None,
        worst=_worst(state, celsius if crossed and counts else None) if warm or crossed else None,
    )
    return _said(after, limit, at_ms=at_ms, celsius=celsius, full=full and not told, profile=profile)


def _added(warm: tuple[tuple[int, int], ...], *, from_ms: int, to_ms: int) -> tuple[tuple[int, int], ...]:
    """Return the warm time with another stretch put to it, cut at the slots' edges."""
    slots = list(warm)
    while from_ms < to_ms:
        slot = from_ms // SLOT_MS
        until_ms = min(to_ms, (slot + 1) * SLOT_MS)
        before = slots.pop()[1] if slots and slots[-1][0] == slot else 0
        slots.append((slot, before + until_ms - from_ms))
        from_ms = until_ms
    return tuple(slots)


def _worst(state: Warmth, celsius: float | None) -> float | None:
    return max((one for one in (state.worst, celsius) if one is not None), default=None)


def _said(
    state: Warmth, limit: Cumulative, *, at_ms: int, celsius: float, full: bool, profile: str | None
) -> tuple[Warmth, Verdict | None]:
    cleared = state.clearing_ms is not None and at_ms - state.clearing_ms >= limit.clear_for_s * 1000
    standing = state.standing
    if full:
        standing = Standing.BREACH
    elif standing is Standing.UNKNOWN or cleared:
        standing = Standing.FINE
    if standing is state.standing:
        return state, None
    breach = standing is Standing.BREACH
    verdict = Verdict(
        rule=name_of(limit),
        standing=standing,
        level=limit.level,
        why=Why.WARM_TOO_LONG if breach else Why.WITHIN,
        since_ms=state.warm[0][0] * SLOT_MS if breach else state.clearing_ms or at_ms,
        happened_ms=at_ms,
        evidence=Evidence(
            celsius=celsius,
            worst_celsius=state.worst,
            after_s=sum(ms for _, ms in state.warm) // 1000,
            guard=limit,
            profile=profile,
        ),
    )
    return msgspec.structs.replace(state, standing=standing, clearing_ms=None), verdict
