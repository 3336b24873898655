"""Jump: a value that leaps away from its neighbours and comes back, which milk cannot do."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "jump"
FARTHEST_CELSIUS = 5.0
"""How far neighbours may lie apart."""
NEIGHBOURS_MS = 300_000
"""How far apart in time two values are neighbours."""
REAL_AFTER = 3
"""So many values in a row that leapt were real: warm milk was poured over the probe."""
OFTEN, OFTEN_WITHIN_MS = 3, 3_600_000
"""Once is a glitch; so many times in an hour is a loose wire, and an hour without is a mended one."""

Value = tuple[int, float]
"""(ms, °C)"""


class Jumps(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: the last value that counts, those that leapt away from it, when the last leaps were."""

    standing: Standing = Standing.UNKNOWN
    last: Value | None = None
    aside: tuple[Value, ...] = ()
    leapt_ms: tuple[int, ...] = ()


def step(state: Jumps, *, at_ms: int, celsius: float) -> tuple[Jumps, tuple[Value, ...], Verdict | None]:
    """Return the values that now count, in order: none while one that leapt may come back, several once it did not.

    A value that leapt and came back counts for no rule; a breach is that it happens often. Values must come in order;
    the next one after a pause settles what leapt before it.
    """
    value = (at_ms, celsius)
    if not _leaps(state, at_ms=at_ms, celsius=celsius):
        leapt = (*state.leapt_ms, state.aside[0][0])[-OFTEN:] if state.aside else state.leapt_ms
        return (*_judged(state, last=value, leapt_ms=leapt, count=(value,)),)
    aside = (*state.aside, value)
    if len(aside) < REAL_AFTER and at_ms - aside[-2:][0][0] <= NEIGHBOURS_MS:
        return msgspec.structs.replace(state, aside=aside), (), None
    return (*_judged(state, last=value, leapt_ms=state.leapt_ms, count=aside),)


def _leaps(state: Jumps, *, at_ms: int, celsius: float) -> bool:
    if state.last is None or abs(celsius - state.last[1]) <= FARTHEST_CELSIUS:
        return False
    return bool(state.aside) or at_ms - state.last[0] <= NEIGHBOURS_MS


def _judged(
    state: Jumps, *, last: Value, leapt_ms: tuple[int, ...], count: tuple[Value, ...]
) -> tuple[Jumps, tuple[Value, ...], Verdict | None]:
    at_ms, celsius = last
    recent = tuple(leap_ms for leap_ms in leapt_ms if at_ms - leap_ms <= OFTEN_WITHIN_MS)
    standing = Standing.BREACH if len(recent) == OFTEN else Standing.FINE
    if state.standing is Standing.BREACH and recent:
        standing = Standing.BREACH
    after = Jumps(standing=standing, last=last, leapt_ms=recent)
    if standing is state.standing:
        return after, count, None
    breach = standing is Standing.BREACH
    return (
        after,
        count,
        Verdict(
            rule=NAME,
            standing=standing,
            level=Level.WARNING,
            why=Why.JUMP if breach else Why.PROBE_MENDED,
            since_ms=recent[0] if breach else at_ms,
            happened_ms=at_ms,
            evidence=Evidence(celsius=celsius),
        ),
    )
