"""Mutes, silences and maintenance windows alike: what they cover, and which do so now. Pure."""

from collections.abc import Iterable

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why

_NOT_MILK = frozenset(
    why.value
    for why in (
        Why.SILENT,
        Why.SITE_SILENT,
        Why.OUTAGE,
        Why.POWER_LOST,
        Why.CHANNEL_DEAD,
        Why.PROBE_FAULT,
        Why.JUMP,
        Why.STUCK,
        Why.TOO_SMALL,
    )
)


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is told of what happens in `unit`, at `site` or (both empty) anywhere, from `from_ms` until `to_ms`.

    What is critical in milk is told all the same, unless `critical_milk` says that this too is muted.
    """

    id: int
    site: str
    unit: str
    from_ms: int
    to_ms: int
    critical_milk: bool
    why: str = ""

    def covers(self, *, site: str, unit: str, critical_milk: bool, at_ms: int) -> bool:
        """Return whether this mutes an incident there at that instant."""
        there = (not self.site or self.site == site) and (not self.unit or self.unit == unit)
        return there and self.from_ms <= at_ms < self.to_ms and (self.critical_milk or not critical_milk)


def critical_milk(level: str, reason: str) -> bool:
    """Return whether an incident is of milk that may spoil, and not of what is not known about it."""
    return level == Level.CRITICAL.value and reason not in _NOT_MILK


def mute_on(mutes: Iterable[Mute], *, site: str, unit: str, critical_milk: bool, at_ms: int) -> Mute | None:
    """Return the mute that covers an incident for longest, if any does."""
    covering = [mute for mute in mutes if mute.covers(site=site, unit=unit, critical_milk=critical_milk, at_ms=at_ms)]
    return max(covering, key=lambda mute: (mute.to_ms, mute.id), default=None)
