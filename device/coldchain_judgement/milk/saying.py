"""What is said of the milk in a unit: one action and a part of the day, by what may be known of it."""

import enum

from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.milk.ahead import SETTLES_MS
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.limits import LONGEST_MS, Deadline, is_over
from coldchain_judgement.milk.terms import MilkTerms, on_day_ms

_ENDS = {When.BEFORE_MIDDAY: ("12:00", 0), When.BEFORE_EVENING: ("18:00", 0), When.IN_THE_MORNING: ("10:00", 1)}
"""When the parts of a day are over, as (local time, days from today)."""


class Because(enum.Enum):
    """Why that is said, for whoever asks."""

    EMPTY = "empty"  # nobody knows of any milk
    REFUSED = "refused"  # a test refused it
    PAST = "past"  # it has had its time
    UNTIMED = "untimed"  # the model is of raw cow milk, and nothing more is known of this
    UNSEEN = "unseen"  # it may have had its time in a gap
    AGE_UNTOLD = "age-untold"
    PROCESSED = "processed"  # in its time; the model is of raw milk
    OLD = "old"  # raw milk is not said to keep longer than a day
    COOLING = "cooling"  # it was poured in within the hour, and how fast it gets cold is not seen yet
    SOON = "soon"  # its time ends before a part of the day does, or before anybody needs it
    IN_TIME = "in-time"


def because(milk: Batch | None, ends: Deadline | None, terms: MilkTerms, *, at_ms: int) -> Because:
    """Return what decides about milk that is as of `at_ms`, good until `ends`; both None where there is none.

    The gravest comes first: what is past its time is so whether or not anything else is known.
    """
    if milk is None or ends is None:
        return Because.EMPTY
    in_time = part_before(ends.until_ms, terms, at_ms=at_ms) is not None
    grounds = (
        (Because.REFUSED, milk.refused_ms is not None),
        (Because.PAST, is_over(milk)),
        (Because.UNTIMED, not milk.species.timed or _was_processed(milk, before_ms=at_ms - LONGEST_MS)),
        (Because.UNSEEN, milk.blind_ms is not None),
        (Because.AGE_UNTOLD, not milk.known),
        (Because.PROCESSED, bool(milk.processed)),
        (Because.OLD, ends.capped and ends.until_ms <= at_ms),
        (Because.IN_TIME, in_time),
        (Because.COOLING, _is_cooling(milk, ends, at_ms=at_ms)),
        (Because.SOON, True),
    )
    return next(ground for ground, holds in grounds if holds)


def _is_cooling(milk: Batch, ends: Deadline, *, at_ms: int) -> bool:
    """Return whether milk was poured in so lately that its time cannot be told yet, and may wait for that."""
    return at_ms - milk.last.at_ms < SETTLES_MS <= ends.until_ms - at_ms


def _was_processed(milk: Batch, *, before_ms: int) -> bool:
    return milk.processed_ms is not None and milk.processed_ms <= before_ms


_ACTIONS = {
    Because.EMPTY: Action.NOTHING,
    Because.REFUSED: Action.NOT_FOR_DRINKING,
    Because.PAST: Action.NOT_FOR_DRINKING,
    Because.UNTIMED: Action.TEST_BEFORE_SELLING,
    Because.UNSEEN: Action.TEST_BEFORE_SELLING,
    Because.AGE_UNTOLD: Action.TEST_BEFORE_SELLING,
    Because.PROCESSED: Action.KEEP_CLOSED,
    Because.OLD: Action.BOIL_OR_FERMENT,
    Because.COOLING: Action.KEEP_CLOSED,
    Because.SOON: Action.BOIL_OR_FERMENT,
    Because.IN_TIME: Action.SELL,
}


def say(
    milk: Batch | None,
    ends: Deadline | None,
    terms: MilkTerms,
    *,
    at_ms: int,
    in_curfew: bool = False,
    uncooled: bool = False,
) -> Advice:
    """Return what is said of milk that is as of `at_ms`, good until `ends`.

    `uncooled`: nothing cools it now, or it gets warmer; then it is kept closed until it is sold. Inside a curfew nobody
    sells: it is kept closed. Boiling is offered only of milk that is not over, so under the cautious 10^6 a ml.
    """
    why = because(milk, ends, terms, at_ms=at_ms)
    action = _ACTIONS[why]
    when = When.NOW
    if action is Action.SELL and ends is not None:
        when = part_before(ends.until_ms, terms, at_ms=at_ms) or When.NOW
        if in_curfew or uncooled:
            action = Action.KEEP_CLOSED
    return Advice(action=action, when=when, stay_inside=in_curfew)


def part_before(until_ms: int, terms: MilkTerms, *, at_ms: int) -> When | None:
    """Return the last part of the day that is over by `until_ms`; None where none is, or nobody needs milk by then.

    Where milk is next needed tomorrow morning and lasts until then, it is that morning, though that may be over later.
    Where it lasts until it is needed, and no part of the day, it is now.
    """
    needed_ms = terms.next_needed_ms(at_ms)
    if needed_ms is not None and needed_ms > until_ms:
        return None
    ends = {part: over_ms(part, terms, at_ms=at_ms) for part in _ENDS}
    last = max((part for part in ends if at_ms < ends[part] <= until_ms), key=ends.__getitem__, default=None)
    if needed_ms is None:
        return last
    midnight_ms = on_day_ms("00:00", at_ms, zone=terms.zone, days=1)
    if midnight_ms <= needed_ms <= ends[When.IN_THE_MORNING]:
        return When.IN_THE_MORNING
    return last or When.NOW


def over_ms(part: When, terms: MilkTerms, *, at_ms: int) -> int:
    """Return when a part of the day that is said at `at_ms` is over; now is over at once."""
    if part not in _ENDS:
        return at_ms
    clock, days = _ENDS[part]
    return on_day_ms(clock, at_ms, zone=terms.zone, days=days)


def asks(milk: Batch | None) -> bool:
    """Return whether somebody should be asked when the milk was milked: it was found, and nobody has told."""
    return milk is not None and not milk.last.told and milk.last.milked is Milked.UNKNOWN
