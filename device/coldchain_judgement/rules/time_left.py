"""Time left: whether the milk's time, at worst, ends before anybody needs it, or has ended."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.estimate import CAUTIOUS
from coldchain_judgement.milk.growth import kept
from coldchain_judgement.milk.limits import ACT_NOW, SPOILED, deadline, is_over
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "time-left"
LOOK_EVERY_MS = 600_000


class TimeLeft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where the rule stands on the milk that came at `of_ms`; a count never falls, so a breach ends with its milk."""

    standing: Standing = Standing.UNKNOWN
    level: Level = Level.WARNING
    of_ms: int | None = None
    looked_ms: int = 0


def step(
    state: TimeLeft, terms: MilkTerms, milk: Batch | None, *, at_ms: int, celsius: float
) -> tuple[TimeLeft, Verdict | None]:
    """Judge the milk in a unit every ten minutes, and at once where it is other milk.

    Milk that nobody can time, or of which nothing is known after a gap, is shown as such and calls nobody.
    """
    other = state.of_ms != (None if milk is None else milk.begun_ms)
    if not other and at_ms - state.looked_ms < LOOK_EVERY_MS:
        return state, None
    of_ms = None if milk is None else milk.begun_ms
    if other and state.standing is Standing.BREACH:  # that milk is gone; the other is judged by the next reading
        gone = TimeLeft(standing=Standing.FINE, level=state.level, of_ms=of_ms, looked_ms=at_ms - LOOK_EVERY_MS)
        return gone, _verdict(gone, None, terms, at_ms=at_ms, celsius=celsius)
    level = None if milk is None else _level(milk, terms, at_ms=at_ms, celsius=celsius)
    if state.standing is Standing.BREACH and (level is None or level is state.level):
        return msgspec.structs.replace(state, looked_ms=at_ms), None
    standing = Standing.FINE if level is None else Standing.BREACH
    after = TimeLeft(standing=standing, level=level or Level.WARNING, of_ms=of_ms, looked_ms=at_ms)
    if standing is state.standing and after.level is state.level:
        return after, None
    return after, _verdict(after, milk, terms, at_ms=at_ms, celsius=celsius)


def _level(milk: Batch, terms: MilkTerms, *, at_ms: int, celsius: float) -> Level | None:
    """Return how much it matters; None where the milk lasts until it is needed, or nobody can say."""
    if milk.refused_ms is not None or milk.processed or not milk.species.timed:
        return None
    if is_over(milk):
        return Level.CRITICAL
    needed_ms = terms.next_needed_ms(at_ms)
    if needed_ms is None or milk.blind_ms is not None:
        return None
    limit = ACT_NOW if milk.known else SPOILED
    worst = kept(
        milk.estimate.cautious, celsius=celsius + 0.5, hours=(needed_ms - at_ms) / HOUR_MS, model=CAUTIOUS.model
    )
    return Level.WARNING if worst.count(CAUTIOUS.model) >= limit else None


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
