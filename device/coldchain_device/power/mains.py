"""Whether there is mains: a flicker is no power cut. Pure."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "power"
SETTLES_MS = 60_000
"""How long mains must be away, or back, to count: grids blink, and a box that speaks at each blink is not heeded."""


class Mains(msgspec.Struct, frozen=True, kw_only=True):
    """What counts, None where nothing is sensed; since when; and since when what is sensed differs from it."""

    on: bool | None = None
    since_ms: int = 0
    other_ms: int | None = None


def sense(mains: Mains, read: bool | None, *, now_ms: int) -> Mains:
    """Return the state once `read` was sensed at an uptime; what is sensed first counts at once."""
    if read is mains.on:
        return Mains(on=mains.on, since_ms=mains.since_ms)
    other_ms = now_ms if mains.other_ms is None else mains.other_ms
    if mains.on is None or now_ms - other_ms >= SETTLES_MS:
        return Mains(on=read, since_ms=other_ms)
    return Mains(on=mains.on, since_ms=mains.since_ms, other_ms=other_ms)


def verdict_of(mains: Mains, *, base_ms: int) -> Verdict | None:
    """Return what the mains mean for a unit that hangs on them, `base_ms` added to the uptime; None where nothing is
    sensed."""
    if mains.on is None:
        return None
    return Verdict(
        rule=NAME,
        standing=Standing.FINE if mains.on else Standing.BREACH,
        level=Level.WARNING,
        why=Why.WITHIN if mains.on else Why.POWER_LOST,
        since_ms=mains.since_ms + base_ms,
        happened_ms=mains.since_ms + base_ms,
        evidence=Evidence(),
    )
