"""How many bacteria milk may have: until when it is used, from when on it counts as spoiled, and when that is."""

import math

import msgspec

from coldchain_judgement.milk.ahead import until
from coldchain_judgement.milk.batch import NOTHING_YET, Batch
from coldchain_judgement.milk.estimate import CAUTIOUS, LIKELY, Estimate, Hours, added, fresh, grown, rates
from coldchain_judgement.milk.growth import Growth
from coldchain_judgement.milk.growth import grown as grown_by
from coldchain_judgement.milk.starting import CLEAN
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

ACT_NOW = 1e6
"""Bacteria a ml: beyond it, at worst, milk is not for drinking, selling or children, and boiling does not repair it."""
SPOILED = 1e7
LONGEST_MS = 24 * HOUR_MS
"""Raw milk is never said to keep longer, from its milking, where a site has no tests of its own."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Until when milk is good, as instants: at worst `until_ms`, which is all that a cooperative hears.

    `use` and `spoil` are the hours from `from_ms` on until it has 10^6 and 10^7 a ml. `capped`: the milk's age is what
    ends it, not its count. `log10_cautious` is what it may have at `from_ms`.
    """

    from_ms: int
    until_ms: int
    use: Hours
    spoil: Hours
    capped: bool
    log10_cautious: float


def deadline(batch: Batch, terms: MilkTerms, *, at_ms: int, celsius: float) -> Deadline:
    """Return until when a batch is good, if it goes on from `celsius` at `at_ms` as it does; it is as of `at_ms`.

    Milk that its unit is still cooling is presumed to get cold as it does.
    """
    estimate = batch.estimate
    use = _rested(batch, until(ACT_NOW, estimate, celsius=celsius, cooled=batch.cools), at_ms=at_ms)
    spoil = _rested(batch, until(SPOILED, estimate, celsius=celsius, cooled=batch.cools), at_ms=at_ms)
    longest_ms = batch.milked_ms + LONGEST_MS
    until_ms = at_ms + round(min(use.earliest, 24.0 * 365) * HOUR_MS)
    capped = not terms.tested and until_ms > longest_ms
    return Deadline(
        from_ms=at_ms,
        until_ms=max(at_ms, longest_ms) if capped else until_ms,
        use=use,
        spoil=spoil,
        capped=capped,
        log10_cautious=math.log10(estimate.counts()[0]),
    )


def _rested(batch: Batch, hours: Hours, *, at_ms: int) -> Hours:
    """Return hours of growth as hours from now, while lactoperoxidase works still."""
    rest = 0.0 if batch.treated_ms is None else max(0.0, (batch.treated_ms - at_ms) / HOUR_MS)
    if not rest:
        return hours
    return Hours(
        earliest=hours.earliest + rest if hours.earliest else 0.0,
        likely=hours.likely + rest if hours.likely else 0.0,
        latest=hours.latest + rest if hours.latest else 0.0,
    )


def is_over(batch: Batch) -> bool:
    """Return whether milk is not for drinking any more: its time is past, or a test refused it.

    Of milk whose age was told that is what the cautious estimate says. Where nobody told, 10^6 is no estimate of this
    milk but a presumption: it is over once even milk just milked would be, or milk as presumed is likely spoiled. After
    a gap that was too long the cautious estimate is a presumption too, and the likely one decides. Nothing is estimated
    of milk that nobody can time.
    """
    if batch.spoiled or batch.refused_ms is not None:
        return True
    if batch.processed or not batch.species.timed:
        return False
    estimate = batch.estimate
    if batch.known and batch.blind_ms is None:
        return estimate.cautious.count(CAUTIOUS.model) >= ACT_NOW
    likely = estimate.likely.count(LIKELY.model)
    if batch.blind_ms is not None:
        return likely >= (ACT_NOW if batch.known else SPOILED)
    return likely >= SPOILED or worst_if_fresh(batch).count(CAUTIOUS.model) >= ACT_NOW


def worst_if_fresh(batch: Batch) -> Growth:
    """Return the cautious view of milk that was just milked when this one was poured in: no milk is younger."""
    a, b = batch.integrals[:2]
    return grown_by(_FRESH, cold=a, warm=b)


_FRESH = fresh(CLEAN).cautious


def estimate_at(batch: Batch, *, at_ms: int, celsius: float) -> Estimate:
    """Return the estimate of a batch once it has stood at `celsius` until `at_ms`; it is as of its last reading."""
    hours = max(0.0, (at_ms - batch.at_ms) / HOUR_MS)
    return grown(batch.estimate, added(NOTHING_YET, rates(celsius + 0.5, celsius, celsius - 0.5), hours=hours))
