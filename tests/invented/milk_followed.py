"""Milk followed for tests: poured, held at a temperature, found in the curve."""

import msgspec

from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Event, MilkIn
from coldchain_judgement.milk.following import follow, tell
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.rules.fill import Fill
from invented.milk_states import MIDNIGHT_MS

TERMS = MilkTerms()
SIX_MS = MIDNIGHT_MS + 6 * HOUR_MS
TEN_MINUTES_MS = 600_000
JUST_MILKED = MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW)


def poured(event: Event = JUST_MILKED, batch: Batch | None = None, terms: MilkTerms = TERMS) -> Batch:
    after = tell(batch, terms, [event], longest_gap_s=1800)
    assert after is not None
    return after


def held(batch: Batch, hours: float, celsius: float, terms: MilkTerms = TERMS) -> Batch:
    """Return the batch after a reading every ten minutes, all of them alike."""
    after: Batch | None = msgspec.structs.replace(batch, celsius=celsius)
    for number in range(round(hours * 6)):
        at_ms = batch.at_ms + (number + 1) * TEN_MINUTES_MS
        after = follow(after, terms, at_ms=at_ms, celsius=celsius, gap=False)
    assert after is not None
    return after


def fill_of(begun_ms: int, *, peak: float, from_celsius: float = 4.0) -> Fill:
    return Fill(begun_ms=begun_ms, from_celsius=from_celsius, poured_ms=begun_ms, peak=peak, mark=(begun_ms, peak))


def found(batch: Batch | None, fill: Fill, *, after_ms: int = 180_000) -> Batch:
    """Return the batch once the curve has shown a fill, three minutes after it began."""
    after = follow(batch, TERMS, at_ms=fill.begun_ms + after_ms, celsius=fill.peak, gap=False, fill=fill)
    assert after is not None
    return after


def likely(batch: Batch) -> float:
    return batch.estimate.counts()[1]
