"""What of that which is wrong with a unit somebody has answered for: by the button, or elsewhere. Pure."""

from collections.abc import Iterable

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import FINDINGS, Standing, Verdict, Why

_BLIND = (Why.SILENT, Why.PROBE_FAULT)
_RANKS = {Level.WARNING: 1, Level.CRITICAL: 2}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a unit, however many rules find it, and since when."""

    why: Why
    level: Level
    since_ms: int
    rules: tuple[str, ...]

    @property
    def blind(self) -> bool:
        """Whether it is only that nobody can see: that blinks, and never shouts."""
        return self.why in _BLIND


Answered = frozenset[tuple[Why, Level]]
"""What somebody has answered for, and how bad it was then."""


def found_in(verdicts: Iterable[Verdict | None]) -> tuple[Found, ...]:
    """Return what the last verdicts of a unit's rules find wrong, the worst first, of the same level the oldest."""
    worst: dict[Why, Found] = {}
    for verdict in verdicts:
        if verdict is not None and verdict.standing is Standing.BREACH and verdict.why not in FINDINGS:
            worst[verdict.why] = _worse(worst.get(verdict.why), verdict)
    return tuple(sorted(worst.values(), key=lambda one: (-_RANKS[one.level], one.since_ms, one.why.value)))


def answered_all(found: Iterable[Found]) -> Answered:
    """Return what is answered once somebody has answered for everything that is found."""
    return frozenset((one.why, one.level) for one in found)


def still_answered(answered: Answered, found: Iterable[Found]) -> Answered:
    """Return what of `answered` still goes on: what comes back after it was over is to be answered anew."""
    going_on = {one.why for one in found}
    return frozenset(one for one in answered if one[0] in going_on)


def unanswered(found: Iterable[Found], answered: Answered) -> tuple[Found, ...]:
    """Return what nobody has answered for, or was not as bad when somebody did."""
    known = dict(answered)
    return tuple(one for one in found if one.why not in known or _RANKS[known[one.why]] < _RANKS[one.level])


def _worse(known: Found | None, verdict: Verdict) -> Found:
    one = Found(why=verdict.why, level=verdict.level, since_ms=verdict.since_ms, rules=(verdict.rule,))
    if known is None:
        return one
    return Found(
        why=one.why,
        level=max(known.level, one.level, key=_RANKS.__getitem__),
        since_ms=min(known.since_ms, one.since_ms),
        rules=(*known.rules, *one.rules),
    )
