"""What is said of milk in any state at all: never more than is known, and nothing that is forbidden."""

from datetime import UTC, datetime, time, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.milk import events
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.kinds import Process, QualityTest, Species
from coldchain_judgement.milk.limits import ACT_NOW, LONGEST_MS, deadline
from coldchain_judgement.milk.saying import because, say
from coldchain_judgement.milk.telling import told
from coldchain_judgement.milk.terms import MilkTerms
from invented.milk_states import moments

FORBIDDEN, ASKS_FOR_A_TEST = Action.NOT_FOR_DRINKING, Action.TEST_BEFORE_SELLING
AT_HOME = {Action.KEEP_CLOSED, Action.BOIL_OR_FERMENT, ASKS_FOR_A_TEST, FORBIDDEN}
_ENDS = {When.BEFORE_MIDDAY: (12, 0), When.BEFORE_EVENING: (18, 0), When.IN_THE_MORNING: (10, 1)}
Moment = tuple[Batch, MilkTerms, int]


def said(moment: Moment, *, in_curfew: bool = False, uncooled: bool = False) -> Advice:
    milk, terms, at_ms = moment
    ends = deadline(milk, terms, at_ms=at_ms, celsius=milk.celsius or 0.0)
    return say(milk, ends, terms, at_ms=at_ms, in_curfew=in_curfew, uncooled=uncooled)


def everything_said(moment: Moment) -> list[Advice]:
    return [said(moment, in_curfew=curfew, uncooled=uncooled) for curfew in (False, True) for uncooled in (False, True)]


def over_ms(when: When, at_ms: int) -> int:
    """Return when a part of the day is over; clocks are taken as UTC, which no zone of ours is behind."""
    hour, days = _ENDS[when]
    day = datetime.fromtimestamp(at_ms / 1000, UTC).date() + timedelta(days=days)
    return round(datetime.combine(day, time(hour), UTC).timestamp() * 1000)


def in_utc(moment: Moment) -> Moment:
    return moment[0], msgspec.structs.replace(moment[1], zone="Africa/Bamako"), moment[2]


@settings(max_examples=200, deadline=None)
@given(moments())
def test_boiling_and_selling_are_offered_only_under_the_cautious_million_of_milk_whose_age_was_told(
    moment: Moment,
) -> None:
    milk = moment[0]
    for advice in everything_said(moment):
        if advice.action in {Action.BOIL_OR_FERMENT, Action.SELL} or advice.when is not When.NOW:
            assert milk.estimate.counts()[0] < ACT_NOW
            assert milk.known
            assert milk.species is Species.COW
            assert (milk.blind_ms, milk.refused_ms, milk.spoiled, milk.processed) == (None, None, False, ())


@settings(max_examples=200, deadline=None)
@given(moments().map(in_utc))
def test_no_time_that_is_told_ends_after_the_milk_does_or_is_longer_than_a_day_without_tests(moment: Moment) -> None:
    milk, terms, at_ms = moment
    for when in {advice.when for advice in everything_said(moment)} - {When.NOW}:
        ends = deadline(milk, terms, at_ms=at_ms, celsius=milk.celsius or 0.0)
        needed_ms = terms.next_needed_ms(at_ms)
        gone_ms = over_ms(when, at_ms) if needed_ms is None else needed_ms
        assert at_ms < gone_ms <= ends.until_ms
        assert terms.tested or gone_ms <= milk.milked_ms + LONGEST_MS


@settings(max_examples=200, deadline=None)
@given(moments(), st.booleans())
def test_inside_a_curfew_nobody_is_sent_out_and_everybody_is_told_to_stay(moment: Moment, uncooled: bool) -> None:
    advice = said(moment, in_curfew=True, uncooled=uncooled)
    assert advice.action in AT_HOME
    assert advice.stay_inside
    assert not said(moment).stay_inside


@settings(max_examples=200, deadline=None)
@given(moments())
def test_milk_past_the_cautious_million_is_for_nobody_where_its_age_was_told(moment: Moment) -> None:
    milk = moment[0]
    judged = milk.known and milk.species.timed and milk.blind_ms is None and not milk.processed
    if judged and milk.estimate.counts()[0] >= ACT_NOW:
        assert said(moment).action is FORBIDDEN


@settings(max_examples=200, deadline=None)
@given(moments(), st.booleans())
def test_of_milk_that_nobody_knows_nothing_is_said_but_to_test_it_or_leave_it(moment: Moment, in_curfew: bool) -> None:
    milk = moment[0]
    if not milk.known or milk.blind_ms is not None or not milk.species.timed:
        assert said(moment, in_curfew=in_curfew).action in {ASKS_FOR_A_TEST, FORBIDDEN}


@settings(max_examples=200, deadline=None)
@given(moments())
def test_a_test_that_was_passed_changes_nothing_and_one_that_failed_refuses(moment: Moment) -> None:
    milk, terms, at_ms = moment
    assert told(milk, events.Tested(at_ms=at_ms, test=QualityTest.CLOT_ON_BOILING, failed=False), terms) == milk
    refused = told(milk, events.Tested(at_ms=at_ms, test=QualityTest.CLOT_ON_BOILING, failed=True), terms)
    assert refused is not None
    assert said((refused, terms, at_ms)).action is FORBIDDEN


@settings(max_examples=200, deadline=None)
@given(moments(), st.sampled_from(Process))
def test_processing_makes_nothing_good_that_was_not(moment: Moment, process: Process) -> None:
    milk, terms, at_ms = moment
    before = said(moment).action
    after = told(milk, events.Processed(at_ms=at_ms, process=process), terms)
    assert after is not None
    assert said((after, terms, at_ms)).action in {
        FORBIDDEN: {FORBIDDEN},
        ASKS_FOR_A_TEST: {ASKS_FOR_A_TEST},
    }.get(before, {Action.KEEP_CLOSED})


@settings(max_examples=200, deadline=None)
@given(moments(), st.floats(0, 44))
def test_lactoperoxidase_forgives_nothing(moment: Moment, celsius: float) -> None:
    milk, terms, at_ms = moment
    after = told(milk, events.Treated(at_ms=at_ms, celsius=celsius), terms)
    assert after is not None
    assert after.estimate == milk.estimate
    if said(moment).action in {FORBIDDEN, ASKS_FOR_A_TEST}:
        assert said((after, terms, at_ms)).action is said(moment).action


@settings(max_examples=200, deadline=None)
@given(moments(), st.floats(0, 20))
def test_warmer_milk_is_never_told_a_longer_time(moment: Moment, warmer: float) -> None:
    """Up to 27 °C, beyond which the cold-loving bacteria slow down; milk that was always cold is full of those."""
    milk, terms, at_ms = moment
    celsius = milk.celsius or 0.0
    cool = deadline(milk, terms, at_ms=at_ms, celsius=min(celsius, 27.0))
    warm = deadline(milk, terms, at_ms=at_ms, celsius=min(celsius + warmer, 27.0))
    assert warm.until_ms <= cool.until_ms + 1000
    assert cool.use.earliest <= cool.use.likely <= cool.use.latest


@settings(max_examples=200, deadline=None)
@given(moments())
def test_a_reason_is_always_given_and_an_empty_unit_asks_for_nothing(moment: Moment) -> None:
    milk, terms, at_ms = moment
    ends = deadline(milk, terms, at_ms=at_ms, celsius=milk.celsius or 0.0)
    assert because(milk, ends, terms, at_ms=at_ms).value
    assert say(None, None, terms, at_ms=at_ms).action is Action.NOTHING
