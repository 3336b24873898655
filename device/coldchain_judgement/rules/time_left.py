"""Time left: whether the milk's time, at worst, ends before anybody needs it, or has ended."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.milk.ahead import SETTLES_MS, worst_after
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.estimate import CAUTIOUS
from coldchain_judgement.milk.limits import ACT_NOW, LONGEST_MS, deadline, worst_if_fresh
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "time-left"
LOOK_EVERY_MS = 600_000
_IN_TIME_AGAIN = 8e5
"""What was short of time is not any more where it has no more than this at worst when it is needed."""


class TimeLeft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where the rule stands on the milk that came at `of_ms`, whose age was told or not (`known`)."""

    standing: Standing = Standing.UNKNOWN
    level: Level = Level.WARNING
    of_ms: int | None = None
    known: bool = False
    looked_ms: int = 0


def step(
    state: TimeLeft, terms: MilkTerms, milk: Batch | None, *, at_ms: int, celsius: float
) -> tuple[TimeLeft, Verdict | None]:
    """Judge the milk in a unit every ten minutes, and at once where it is other milk or its age was told.

    What may have 10^6 a ml stays critical until that milk is gone, was processed in time or refused, or its age was
    told. Other milk is judged by the next reading.
    """
    of_ms, known = (None, False) if milk is None else (milk.begun_ms, milk.known)
    other = of_ms != state.of_ms or (known and not state.known)
    if not other and at_ms - state.looked_ms < LOOK_EVERY_MS:
        return state, None
    breach = state.standing is Standing.BREACH
    if breach and other:
        after = TimeLeft(standing=Standing.FINE, of_ms=of_ms, known=known, looked_ms=at_ms - LOOK_EVERY_MS)
        return after, _verdict(after, None, terms, at_ms=at_ms, celsius=celsius)
    level = None if milk is None else _level(milk, terms, at_ms=at_ms, celsius=celsius, breach=breach)
    if breach and state.level is Level.CRITICAL and milk is not None and not _is_settled(milk):
        level = Level.CRITICAL
    standing = Standing.FINE if level is None else Standing.BREACH
    after = TimeLeft(standing=standing, level=level or Level.WARNING, of_ms=of_ms, known=known, looked_ms=at_ms)
    if standing is state.standing and after.level is state.level:
        return after, None
    return after, _verdict(after, milk, terms, at_ms=at_ms, celsius=celsius)


def _is_settled(milk: Batch) -> bool:
    """Return whether somebody has done what could be done about the milk."""
    return milk.refused_ms is not None or (bool(milk.processed) and not milk.spoiled)


def _level(milk: Batch, terms: MilkTerms, *, at_ms: int, celsius: float, breach: bool) -> Level | None:
    """Return how much it matters; None where the milk lasts until it is needed, or nobody can say.

    Milk is needed within a day after it was last poured in. What is later was collected or sold, though nobody may have
    told: of that nobody is called. Nobody is called either for milk whose age was not told while it may be in time, nor
    before it is seen how fast it gets cold.
    """
    if _is_settled(milk) or not milk.species.timed or milk.blind_ms is not None:
        return None
    needed_ms = terms.next_needed_ms(at_ms)
    if needed_ms is None or needed_ms - milk.last.at_ms > LONGEST_MS:
        return None
    worst = milk.estimate.cautious if milk.known else worst_if_fresh(milk)
    if milk.spoiled or worst.count(CAUTIOUS.model) >= ACT_NOW:
        return Level.CRITICAL
    if at_ms - milk.last.at_ms < SETTLES_MS:
        return Level.WARNING if breach else None
    hours = (needed_ms - at_ms) / HOUR_MS
    by_then = worst_after(worst, hours=hours, celsius=celsius, cooled=milk.cools)
    return Level.WARNING if by_then >= (_IN_TIME_AGAIN if breach else ACT_NOW) else None


def _verdict(state: TimeLeft, milk: Batch | None, terms: MilkTerms, *, at_ms: int, celsius: float) -> Verdict:
    breach = state.standing is Standing.BREACH
    evidence = Evidence(celsius=celsius)
    if breach and milk is not None:
        evidence = _evidence(milk, terms, at_ms=at_ms, celsius=celsius)
    return Verdict(
        rule=NAME,
        standing=state.standing,
        level=state.level,
        why=Why.TIME_LEFT if breach else Why.WITHIN,
        since_ms=milk.begun_ms if breach and milk is not None else at_ms,
        happened_ms=at_ms,
        evidence=evidence,
    )


def _evidence(milk: Batch, terms: MilkTerms, *, at_ms: int, celsius: float) -> Evidence:
    """Return what the rule saw: until when the milk is good at worst, where its age was told."""
    ends = deadline(milk, terms, at_ms=at_ms, celsius=celsius)
    return Evidence(
        celsius=celsius,
        deadline_ms=ends.until_ms if milk.known else None,
        log10_cautious=round(ends.log10_cautious, 2) if milk.known else None,
    )
