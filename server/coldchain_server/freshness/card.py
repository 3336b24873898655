"""What a freshness card says of milk at an instant, or why there is none. Pure.

It says that milk was kept cold, when it was milked, what it passed and until when it is sold: what was measured and
told, and nothing of germs. It says nothing of people, places or litres.
"""

import enum
from collections.abc import Sequence

import msgspec

from coldchain_judgement.advice import When
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Tested
from coldchain_judgement.milk.following import COLD_CELSIUS
from coldchain_judgement.milk.kinds import QualityTest
from coldchain_judgement.milk.limits import Deadline
from coldchain_judgement.milk.saying import Because, because, over_ms, part_before
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.testing import bounds
from coldchain_judgement.milk.trace import HOUR_MS

MOST_WARM_H = 4.0
"""So long in all may milk be warmer and was kept cold: what cooling it may take (California FAC §35783)."""
MOST_UNSEEN_H = 1.0
"""So long in all may nobody have measured it. A judgement of this project."""


class Refusal(enum.Enum):
    """Why there is no card."""

    EMPTY = "empty"  # nobody knows of any milk
    PAST = "past"  # it has had its time, or a test refused it
    UNTIMED = "untimed"  # of an animal whose milk nobody can time
    UNSEEN = "unseen"  # it was not measured for too long
    AGE_UNTOLD = "age-untold"
    PROCESSED = "processed"
    TOO_LATE = "too-late"  # no part of a day is left to sell it in
    SILENT = "silent"  # nothing is heard of it now
    UNCOOLED = "uncooled"  # nothing cools it now
    WARM = "warm"  # it is not cold, or was not for too long
    UNTESTED = "untested"  # nothing was tested since milk was last poured in that a buyer would ask for


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What was so at `at_ms`. `cold_hours` of the `hours` that it was measured it was at most 8 °C. To be sold in the
    part of the day `sell_by`, which is over at `until_ms`; `tests` were passed, the newest last."""

    at_ms: int
    milked_ms: int
    hours: float
    cold_hours: float
    sell_by: When
    until_ms: int
    tests: tuple[Tested, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The milk of a unit as of `at_ms`, good until `ends`, by all readings and words there are now.

    `heard_ms` is when its probe last gave a value; `tests` were done on what was in the unit since the batch began.
    """

    at_ms: int
    batch: Batch | None
    ends: Deadline | None
    terms: MilkTerms
    heard_ms: int | None
    longest_gap_s: int
    tests: tuple[Tested, ...] = ()


_REFUSALS = {
    Because.EMPTY: Refusal.EMPTY,
    Because.REFUSED: Refusal.PAST,
    Because.PAST: Refusal.PAST,
    Because.UNTIMED: Refusal.UNTIMED,
    Because.UNSEEN: Refusal.UNSEEN,
    Because.AGE_UNTOLD: Refusal.AGE_UNTOLD,
    Because.PROCESSED: Refusal.PROCESSED,
    Because.OLD: Refusal.TOO_LATE,
    Because.COOLING: Refusal.WARM,
    Because.SOON: Refusal.TOO_LATE,
}


def drawn_up(seen: Seen, *, uncooled: bool = False) -> Card | Refusal:
    """Return the card of milk, or the gravest reason why there is none. `uncooled`: nothing cools it now."""
    why = because(seen.batch, seen.ends, seen.terms, at_ms=seen.at_ms)
    if why in _REFUSALS or seen.batch is None or seen.ends is None:
        return _REFUSALS.get(why, Refusal.EMPTY)
    part = part_before(seen.ends.until_ms, seen.terms, at_ms=seen.at_ms)
    until_ms = None if part is None or part is When.NOW else over_ms(part, seen.terms, at_ms=seen.at_ms)
    tests = telling(seen.batch, seen.tests)
    grounds = (
        (Refusal.SILENT, seen.heard_ms is None or seen.at_ms - seen.heard_ms > seen.longest_gap_s * 1000),
        (Refusal.UNSEEN, _unseen_h(seen.batch, at_ms=seen.at_ms) > MOST_UNSEEN_H),
        (Refusal.UNCOOLED, uncooled),
        (Refusal.WARM, not _kept_cold(seen.batch)),
        (Refusal.TOO_LATE, until_ms is None),
        (Refusal.UNTESTED, not tests),
    )
    refused = next((refusal for refusal, holds in grounds if holds), None)
    if refused is not None or part is None or until_ms is None:
        return refused or Refusal.TOO_LATE
    exposure = seen.batch.exposure
    return Card(
        at_ms=seen.at_ms,
        milked_ms=seen.batch.milked_ms,
        hours=exposure.hours,
        cold_hours=exposure.cold_hours,
        sell_by=part,
        until_ms=min(until_ms, seen.ends.until_ms),
        tests=tests,
    )


def telling(batch: Batch, tests: Sequence[Tested]) -> tuple[Tested, ...]:
    """Return the tests that a buyer would ask for: passed, of all the milk there is, and of how sour it may be.

    What somebody saw or smelt is no test for a buyer, who can do that.
    """
    return tuple(
        one
        for one in tests
        if not one.failed
        and one.at_ms >= batch.last.at_ms
        and one.test is not QualityTest.LOOK_AND_SMELL
        and bounds(one) is not None
    )


def _kept_cold(batch: Batch) -> bool:
    cold = batch.celsius is not None and batch.celsius <= COLD_CELSIUS
    return cold and batch.exposure.hours - batch.exposure.cold_hours <= MOST_WARM_H


def _unseen_h(batch: Batch, *, at_ms: int) -> float:
    return (at_ms - batch.begun_ms) / HOUR_MS - batch.exposure.hours
