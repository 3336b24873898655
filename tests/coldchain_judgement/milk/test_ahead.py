"""What lies ahead of milk: how it gets cold, until when it is good, and what if it were kept otherwise."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.capacity import Capacity
from coldchain_judgement.milk.ahead import cools, lying_in, temperatures, until, worst_after
from coldchain_judgement.milk.batch import Cools
from coldchain_judgement.milk.estimate import CAUTIOUS, Estimate, fresh, hours_until, kept
from coldchain_judgement.milk.limits import ACT_NOW, deadline
from coldchain_judgement.milk.saying import part_before
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.milk.what_if import what_if
from invented.milk_followed import SIX_MS, TERMS, fill_of, held, poured
from invented.milk_states import MIDNIGHT_MS, clean_estimates, cooling

FILL = fill_of(SIX_MS, peak=32.0)


def test_milk_that_gets_cold_as_it_has_in_its_first_hour_is_presumed_to_go_on_so() -> None:
    seen = cools(FILL, Capacity(), at_ms=SIX_MS + 2 * HOUR_MS, celsius=18.0)
    assert seen is not None
    assert seen.in_h == pytest.approx(2.0 / math.log(38 / 24))
    assert seen.to_celsius == 4.0


def test_milk_at_a_pace_that_was_seen_is_cold_when_it_says() -> None:
    seen = cools(FILL, Capacity(), at_ms=SIX_MS + 2 * HOUR_MS, celsius=18.0)
    *falling, (_, stays) = temperatures(18.0, seen)
    assert sum(hours for hours, _ in falling) == pytest.approx(2.0 * math.log(24 / 10) / math.log(38 / 24), abs=0.5)
    assert stays == 4.0


def test_before_an_hour_was_seen_it_is_as_this_unit_usually_does_or_as_a_weak_one() -> None:
    known = Capacity(took_s=(7200,) * 6)
    usual = cools(FILL, known, at_ms=SIX_MS + 600_000, celsius=31.0)
    unknown = cools(FILL, Capacity(), at_ms=SIX_MS + 600_000, celsius=31.0)
    assert usual is not None
    assert unknown is not None
    assert usual.in_h == pytest.approx(2.0 / math.log(41 / 16))
    assert unknown.in_h == pytest.approx(3 * usual.in_h)


def test_milk_that_is_cold_or_came_warm_into_a_warm_unit_is_presumed_to_get_no_colder() -> None:
    assert cools(FILL, Capacity(), at_ms=SIX_MS + 9 * HOUR_MS, celsius=4.2) is None
    warm = cools(fill_of(SIX_MS, peak=32.0, from_celsius=20.0), Capacity(), at_ms=SIX_MS + 2 * HOUR_MS, celsius=20.0)
    assert warm is not None
    assert warm.to_celsius == 8.0


@settings(max_examples=100, deadline=None)
@given(st.floats(4, 40), cooling)
def test_what_lies_ahead_only_gets_colder_and_never_ends(celsius: float, cooled: Cools | None) -> None:
    spans = list(temperatures(celsius, cooled))
    assert spans[-1][0] == math.inf
    if cooled is not None and celsius > cooled.to_celsius + 1.0:
        assert [warm for _, warm in spans] == sorted((warm for _, warm in spans), reverse=True)
    lying = list(lying_in(7.0, celsius=celsius, cooled=cooled))
    assert sum(hours for hours, _ in lying) == pytest.approx(7.0)


@settings(max_examples=100, deadline=None)
@given(clean_estimates, st.floats(4, 38), cooling)
def test_the_hours_until_a_count_lead_to_it(estimate: Estimate, celsius: float, cooled: Cools | None) -> None:
    hours = until(ACT_NOW, estimate, celsius=celsius, cooled=cooled)
    assert hours.earliest <= hours.likely <= hours.latest
    if 0 < hours.earliest < 1e4:
        worst = worst_after(estimate.cautious, hours=hours.earliest, celsius=celsius, cooled=cooled)
        assert worst == pytest.approx(ACT_NOW, rel=1e-3)


def test_milk_that_stays_as_it_is_has_the_hours_of_its_temperature() -> None:
    assert until(ACT_NOW, fresh(1e5), celsius=10.0, cooled=None) == hours_until(ACT_NOW, fresh(1e5), celsius=10.0)


def test_raw_milk_is_never_said_to_keep_longer_than_a_day_after_its_milking_without_tests() -> None:
    milk = held(poured(), 3, 2.0)
    ends = deadline(milk, TERMS, at_ms=milk.at_ms, celsius=2.0)
    assert (ends.until_ms, ends.capped) == (SIX_MS + 24 * HOUR_MS, True)
    tested = deadline(milk, MilkTerms(tested=True), at_ms=milk.at_ms, celsius=2.0)
    assert (tested.capped, tested.until_ms > ends.until_ms) == (False, True)
    late = held(poured(), 30, 2.0)
    assert deadline(late, TERMS, at_ms=late.at_ms, celsius=2.0).until_ms == late.at_ms


@pytest.mark.parametrize(
    ("hour", "until_hour", "part"),
    [
        (7, 11.9, None),
        (7, 12, "before-midday"),
        (7, 18, "before-evening"),
        (7, 33.9, "before-evening"),
        (7, 34, "in-the-morning"),
        (12, 17, None),
        (19, 30, None),
    ],
)
def test_what_is_told_is_the_last_part_of_the_day_that_is_over_in_time(
    hour: float, until_hour: float, part: str | None
) -> None:
    now_ms, until_ms = (MIDNIGHT_MS + round(one * HOUR_MS) for one in (hour, until_hour))
    said = part_before(until_ms, TERMS, at_ms=now_ms)
    assert (said and said.value) == part


def test_no_part_of_the_day_is_told_where_nobody_needs_milk_before_its_end() -> None:
    terms, until_ms = MilkTerms(needed_at=("07:00",)), MIDNIGHT_MS + 24 * HOUR_MS
    assert part_before(until_ms, terms, at_ms=SIX_MS) is not None
    assert part_before(until_ms, terms, at_ms=SIX_MS + 2 * HOUR_MS) is None


@pytest.mark.parametrize(
    ("hour", "until_hour", "needed", "part"),
    [
        (20, 32, "07:00", "in-the-morning"),
        (20, 30.9, "07:00", None),
        (6, 8, "07:00", "now"),
        (7.5, 17, "16:30", "before-midday"),
        (18.5, 20, "19:00", "now"),
    ],
)
def test_milk_that_lasts_until_it_is_needed_is_not_boiled_because_the_morning_is_longer(
    hour: float, until_hour: float, needed: str, part: str | None
) -> None:
    now_ms, until_ms = (MIDNIGHT_MS + round(one * HOUR_MS) for one in (hour, until_hour))
    said = part_before(until_ms, MilkTerms(needed_at=(needed,)), at_ms=now_ms)
    assert (said and said.value) == part


def test_clocks_are_those_of_the_site() -> None:
    niamey = MilkTerms(zone="Africa/Niamey", needed_at=("07:00",))
    assert niamey.next_needed_ms(MIDNIGHT_MS) == SIX_MS
    assert niamey.next_needed_ms(SIX_MS) == SIX_MS + 24 * HOUR_MS
    assert (niamey.morning_ms(SIX_MS), niamey.morning_ms(MIDNIGHT_MS)) == (SIX_MS - HOUR_MS, MIDNIGHT_MS)


# What if


def test_ice_gives_milk_more_time_and_a_power_cut_less_than_it_has_as_it_is() -> None:
    milk = held(poured(), 2, 10.0)
    answers = what_if(milk, MilkTerms(needed_at=("20:00",)), at_ms=milk.at_ms, celsius=10.0)
    for of in ("earliest", "likely", "latest"):
        without, now, ice = (getattr(one, of) for one in (answers.without_power, answers.as_now, answers.on_ice))
        assert without < now < ice
    assert answers.at_need_ms == MIDNIGHT_MS + 20 * HOUR_MS
    assert answers.counts_at_need == pytest.approx(kept(milk.estimate, [(12, 10.0)]).counts())


def test_a_power_cut_takes_the_hours_that_the_unit_takes_to_warm() -> None:
    """12 h at 4 °C and a cut from then on: 10^6 after 26.88 h, likely."""
    milk = held(poured(), 12, 4.0)
    without = what_if(milk, TERMS, at_ms=milk.at_ms, celsius=4.0).without_power
    assert without.likely == pytest.approx(14.88, abs=0.2)
    slow = what_if(milk, TERMS, at_ms=milk.at_ms, celsius=4.0, warms_in_h=40.0).without_power
    assert slow.likely > without.likely + 5


def test_milk_past_its_time_has_no_hours_left_whatever_is_done() -> None:
    milk = held(poured(), 12, 30.0)
    answers = what_if(milk, TERMS, at_ms=milk.at_ms, celsius=30.0)
    assert (answers.as_now.earliest, answers.without_power.earliest, answers.on_ice.earliest) == (0.0, 0.0, 0.0)
    assert (answers.at_need_ms, answers.counts_at_need) == (None, None)
    assert milk.estimate.cautious.count(CAUTIOUS.model) >= ACT_NOW
