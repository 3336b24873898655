"""How many bacteria milk may have: until when it is used, from when on it counts as spoiled, and when that is."""

import math

import msgspec

from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.estimate import (
    CAUTIOUS,
    Estimate,
    Hours,
    added,
    fresh,
    grown,
    hours_until,
    rates,
)
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
    """Return until when a batch is good, if it stays at `celsius` from `at_ms` on; it is as of `at_ms`."""
    use = hours_until(ACT_NOW, batch.estimate, celsius=celsius)
    spoil = hours_until(SPOILED, batch.estimate, celsius=celsius)
    longest_ms = batch.milked_ms + LONGEST_MS
    until_ms = at_ms + round(min(use.earliest, 24.0 * 365) * HOUR_MS)
    capped = not terms.tested and until_ms > longest_ms
    return Deadline(
        from_ms=at_ms,
        until_ms=max(at_ms, longest_ms) if capped else until_ms,
        use=use,
        spoil=spoil,
        capped=capped,
        log10_cautious=math.log10(batch.estimate.counts()[0]),
    )


def is_over(batch: Batch) -> bool:
    """Return whether milk is not for drinking any more.

    Where its age was told, or a test refused it, that is what the cautious estimate says. Where nobody told, 10^6 is
    no estimate of this milk but a presumption: it is over once even fresh milk would be, or presumed milk spoiled.
    """
    if batch.spoiled or batch.refused_ms is not None:
        return True
    if batch.processed:  # the model is of raw milk
        return False
    worst = batch.estimate.cautious.count(CAUTIOUS.model)
    if batch.known:
        return worst >= ACT_NOW
    return worst >= SPOILED or (not batch.topped_up and worst_if_fresh(batch) >= ACT_NOW)


def worst_if_fresh(batch: Batch) -> float:
    """Return the bacteria a ml, at worst, of milk that was just milked when this one was poured in."""
    return grown(fresh(CLEAN), batch.integrals).cautious.count(CAUTIOUS.model)


def estimate_at(batch: Batch, *, at_ms: int, celsius: float) -> Estimate:
    """Return the estimate of a batch once it has stood at `celsius` until `at_ms`; it is as of its last reading."""
    hours = max(0.0, (at_ms - batch.at_ms) / HOUR_MS)
    return grown(batch.estimate, added((0.0,) * 6, rates(celsius + 0.5, celsius, celsius - 0.5), hours=hours))
