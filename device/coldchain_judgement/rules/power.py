"""Power lost, where it is sensed: a battery keeps the box awake while nothing cools."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.rules.lasting import standing_after
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "power"
LOST_AFTER_S = 600
"""A shorter cut warms 20 litres by 0.3 °C at 40 °C, and grids blink."""
BACK_AFTER_S = 300
"""A grid that comes back often goes again at once."""


class Power(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: since when there has been power, or none, without a break."""

    standing: Standing = Standing.UNKNOWN
    last_ms: int | None = None
    off_ms: int | None = None
    on_ms: int | None = None


def step(
    state: Power, *, at_ms: int, mains: bool | None, after_s: int = LOST_AFTER_S, level: Level = Level.WARNING
) -> tuple[Power, Verdict | None]:
    """Judge what a device says of its mains; None is one that does not sense it, and changes nothing.

    No power for `after_s` is a breach, power for `BACK_AFTER_S` ends it. What is not newer than the last changes
    nothing. A device that is not heard of is silent: what it said last goes on standing.
    """
    if mains is None or (state.last_ms is not None and at_ms <= state.last_ms):
        return state, None
    began_ms = state.on_ms if mains else state.off_ms
    since_ms = at_ms if began_ms is None else began_ms
    standing = standing_after(
        state.standing, bad=not mains, lasted_ms=at_ms - since_ms, bad_for_s=after_s, good_for_s=BACK_AFTER_S
    )
    after = Power(
        standing=standing,
        last_ms=at_ms,
        off_ms=None if mains else since_ms,
        on_ms=since_ms if mains else None,
    )
    if standing is state.standing:
        return after, None
    return after, Verdict(
        rule=NAME,
        standing=standing,
        level=level,
        why=Why.POWER_LOST if standing is Standing.BREACH else Why.WITHIN,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(after_s=after_s),
    )
