"""Stuck: a probe that says the very same while another one in its unit shows that it cannot be so."""

import math

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "stuck"
MOVED = 10.0
"""°C·h. So far from its usual height, for so long, air moves 100 litres (49 h to come as near as a third) by 0.2 °C:
three times what a probe can tell apart. The swing of a compressor evens out and never adds up to it."""
USUAL_H = 6.0
"""What is usual of the other probe is its average with this time constant."""
_HOUR_MS = 3_600_000.0


class Stuck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: the value and since when it has been the same, what was usual beside it then, and how far
    (°C·h) the other probe has been from that since; `usual` goes on."""

    standing: Standing = Standing.UNKNOWN
    last_ms: int | None = None
    celsius: float | None = None
    since_ms: int | None = None
    usual: float | None = None
    usual_then: float | None = None
    moved: float = 0.0


def step(
    state: Stuck, *, at_ms: int, celsius: float, beside: float | None, longest_gap_s: int, level: Level
) -> tuple[Stuck, Verdict | None]:
    """Judge one value by what another probe inside the unit shows at that time (`beside`; None where there is none).

    Milk that is steady while the other probe is as usual is not stuck. The first value that is another ends a breach.
    A value that is not newer than the last changes nothing; a gap counts for nothing.
    """
    if state.last_ms is not None and at_ms <= state.last_ms:
        return state, None
    hours = 0.0 if state.last_ms is None else (at_ms - state.last_ms) / _HOUR_MS
    gap = hours * 3600 > longest_gap_s
    usual = _usual(state.usual, beside, hours)
    if celsius != state.celsius or state.since_ms is None:
        after = Stuck(
            standing=Standing.FINE, last_ms=at_ms, celsius=celsius, since_ms=at_ms, usual=usual, usual_then=usual
        )
    else:
        known = beside is not None and state.usual_then is not None and not gap
        moved = state.moved + (beside - state.usual_then) * hours if known else state.moved  # type: ignore[operator]
        stuck = abs(moved) >= MOVED
        after = msgspec.structs.replace(
            state,
            standing=Standing.BREACH if stuck else state.standing,
            last_ms=at_ms,
            usual=usual,
            usual_then=usual if state.usual_then is None else state.usual_then,
            moved=moved,
        )
    if after.standing is state.standing:
        return after, None
    breach = after.standing is Standing.BREACH
    return after, Verdict(
        rule=NAME,
        standing=after.standing,
        level=level,
        why=Why.STUCK if breach else Why.PROBE_MENDED,
        since_ms=after.since_ms or at_ms,
        happened_ms=at_ms,
        evidence=Evidence(celsius=celsius),
    )


def _usual(usual: float | None, beside: float | None, hours: float) -> float | None:
    if beside is None:
        return usual
    if usual is None:
        return beside
    return usual + (beside - usual) * -math.expm1(-hours / USUAL_H)
