"""The time that is left: who is called about milk, when, and about which milk nobody is."""

import msgspec
import pytest

from coldchain_judgement.course import rules
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Emptied, Event, MilkIn, Processed
from coldchain_judgement.milk.kinds import Milked, Process, Species
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.rules import time_left
from coldchain_judgement.rules.time_left import TimeLeft
from coldchain_judgement.verdicts import Standing, Why
from invented.cooled_milk import Cooler
from invented.milk_followed import SIX_MS, TEN_MINUTES_MS, held, poured
from invented.milk_stories import NEEDED, TERMS, Story, at, just_milked, lived

STRONG = Cooler(watts=350, fills=((18, 20),), emptied_at=7.2)
POWER_OUT = Cooler(watts=350, fills=((18, 20),), emptied_at=7.2, strength=lambda hour: 0.0 if hour > 20 else 1.0)
UNCOOLED = Cooler(watts=350, fills=((18, 20),), emptied_at=7.2, strength=lambda hour: 0.0 if hour > 18 else 1.0)
EVENING = just_milked(18)


def test_milk_that_is_cooled_well_and_lasts_until_it_is_collected_calls_nobody() -> None:
    story = lived(STRONG, [EVENING, just_milked(42)], hours=60)
    assert story.left == []
    assert (story.said[18], story.said[20]) == ("keep-closed now", "sell in-the-morning")


def test_collected_milk_that_nobody_told_of_calls_nobody_the_day_after() -> None:
    assert lived(STRONG, [EVENING], hours=41).left == []


def test_a_power_cut_is_told_once_the_milk_will_not_last_and_once_it_may_have_had_its_time() -> None:
    story = lived(POWER_OUT, [EVENING], hours=30)
    (warned, *first), (over, *second) = story.left
    assert 20.5 < warned < 24
    assert over > warned + 3
    assert (first, second) == (["breach", "warning"], ["breach", "critical"])
    assert story.said[25] == "boil-or-ferment now"
    assert story.said[29] == "not-for-drinking now"


def test_a_warning_says_until_when_the_milk_is_good_at_worst() -> None:
    story = lived(POWER_OUT, [EVENING], hours=24)
    warning = next(one for one in story.verdicts if one.why is Why.TIME_LEFT)
    assert warning.evidence.deadline_ms is not None
    assert warning.happened_ms < warning.evidence.deadline_ms < at(24 + 7)
    assert warning.since_ms == at(18)


def test_of_milk_whose_age_nobody_told_it_is_told_only_once_even_fresh_milk_would_be_short_of_time() -> None:
    assert lived(STRONG, hours=40).left == []
    story = lived(UNCOOLED, hours=26)
    assert [one[1:] for one in story.left] == [("breach", "warning"), ("breach", "critical")]
    assert story.left[0][0] >= 19
    evidence = next(one.evidence for one in story.verdicts if one.why is Why.TIME_LEFT)
    assert (evidence.deadline_ms, evidence.log10_cautious) == (None, None)


@pytest.mark.parametrize("event", [Emptied(at_ms=at(23.5)), Processed(at_ms=at(23.5), process=Process.BOILED)])
def test_a_warning_ends_when_the_milk_is_gone_or_was_processed_in_time(event: Event) -> None:
    assert ends_of(lived(POWER_OUT, [EVENING, event], hours=26)) == [(23.5, "fine", "warning")]


def ends_of(story: Story) -> list[tuple[float, str, str]]:
    return [one for one in story.left if one[1] == "fine"]


def test_milk_past_its_time_is_told_of_until_it_is_gone_though_the_hour_it_was_needed_has_passed() -> None:
    assert ends_of(lived(POWER_OUT, [EVENING], hours=34)) == []


def test_milk_boiled_after_its_time_goes_on_being_told_of_until_it_is_gone() -> None:
    boiled = Processed(at_ms=at(28.5), process=Process.BOILED)
    assert ends_of(lived(POWER_OUT, [EVENING, boiled], hours=30)) == []
    assert ends_of(lived(POWER_OUT, [EVENING, boiled, Emptied(at_ms=at(29))], hours=30)) == [(29.0, "fine", "warning")]


def test_an_answer_that_gives_the_milk_its_time_back_ends_what_was_told() -> None:
    milk, terms = held(poured(MilkIn(at_ms=SIX_MS)), 1, 4.0), MilkTerms(needed_at=("20:00",))
    told = TimeLeft(standing=Standing.BREACH, level=Level.CRITICAL, of_ms=milk.begun_ms, looked_ms=milk.at_ms)
    answered = poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW))
    _, verdict = time_left.step(told, terms, answered, at_ms=milk.at_ms + 60_000, celsius=4.0)
    assert verdict is not None
    assert verdict.standing is Standing.FINE


def test_milk_that_nobody_can_time_or_nobody_saw_calls_nobody() -> None:
    old = held(poured(), 12, 30.0)
    assert looked_at(old).standing is Standing.BREACH
    for milk in (
        msgspec.structs.replace(old, species=Species.CAMEL),
        msgspec.structs.replace(old, blind_ms=old.at_ms),
        msgspec.structs.replace(old, refused_ms=old.at_ms),
        msgspec.structs.replace(old, processed=(Process.FERMENTED,)),
    ):
        assert looked_at(milk).standing is Standing.FINE


def looked_at(milk: Batch) -> TimeLeft:
    """Return where the rule stands on milk that is needed in the evening."""
    return time_left.step(TimeLeft(), MilkTerms(needed_at=("20:00",)), milk, at_ms=milk.at_ms, celsius=30.0)[0]


def test_milk_is_looked_at_every_ten_minutes_and_other_milk_at_once() -> None:
    milk = held(poured(), 2, 4.0)
    state = looked_at(milk)
    soon, _ = time_left.step(state, NEEDED, milk, at_ms=milk.at_ms + TEN_MINUTES_MS - 1, celsius=4.0)
    then, _ = time_left.step(state, NEEDED, milk, at_ms=milk.at_ms + TEN_MINUTES_MS, celsius=4.0)
    assert (soon, then.looked_ms) == (state, milk.at_ms + TEN_MINUTES_MS)
    other, _ = time_left.step(state, NEEDED, None, at_ms=milk.at_ms + 60_000, celsius=4.0)
    assert other.of_ms is None


def test_what_was_short_of_time_is_in_time_again_with_something_to_spare() -> None:
    milk = held(poured(), 2, 4.0)
    warned = TimeLeft(standing=Standing.BREACH, of_ms=milk.begun_ms, known=True)
    after, verdict = time_left.step(warned, MilkTerms(needed_at=("12:00",)), milk, at_ms=milk.at_ms, celsius=4.0)
    assert (after.standing, verdict is not None) == (Standing.FINE, True)


def test_a_site_that_says_no_time_at_which_milk_is_needed_is_not_judged_by_it() -> None:
    assert time_left.NAME in rules(TERMS)
    unsaid = msgspec.structs.replace(TERMS, milk=MilkTerms())
    assert time_left.NAME not in rules(unsaid)
    story = lived(UNCOOLED, [EVENING], hours=30, terms=unsaid)
    assert time_left.NAME not in {one.rule for one in story.verdicts}
    assert story.said[29] == "not-for-drinking now"
