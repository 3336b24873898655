"""The milk in a unit, followed: how it begins, what is poured to it, what is told of it, and what nobody saw."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.milk import events
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import MilkIn
from coldchain_judgement.milk.following import as_of, follow
from coldchain_judgement.milk.kinds import Milked, QualityTest
from coldchain_judgement.milk.limits import deadline, is_over
from coldchain_judgement.milk.saying import Because, asks, because
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from invented.milk_followed import SIX_MS, TEN_MINUTES_MS, TERMS, fill_of, found, held, likely, poured

# How it begins


def test_milk_that_was_just_milked_begins_with_a_hundred_thousand() -> None:
    batch = poured()
    assert likely(batch) == pytest.approx(1e5, rel=0.01)
    assert (batch.known, batch.milked_ms, batch.found) == (True, SIX_MS, False)


def test_milk_of_this_morning_stood_warm_since_the_milking_and_has_a_million_after_two_hours() -> None:
    soon = poured(MilkIn(at_ms=SIX_MS + HOUR_MS, milked=Milked.THIS_MORNING))
    assert 1e5 < likely(soon) < 2e5
    assert soon.milked_ms == SIX_MS
    assert likely(poured(MilkIn(at_ms=SIX_MS + 3 * HOUR_MS, milked=Milked.THIS_MORNING))) == pytest.approx(
        1e6, rel=0.01
    )
    assert likely(poured(MilkIn(at_ms=SIX_MS + 7 * HOUR_MS, milked=Milked.THIS_MORNING))) > 1e7


def test_milk_whose_age_nobody_told_is_presumed_six_hours_old_with_a_million() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS))
    assert likely(batch) == pytest.approx(1e6, rel=0.01)
    assert (batch.known, batch.milked_ms) == (False, SIX_MS - 6 * HOUR_MS)


def test_when_it_was_milked_may_be_told_to_the_minute_but_not_after_it_was_poured() -> None:
    told = MilkIn(at_ms=SIX_MS, milked=Milked.THIS_MORNING, milked_ms=SIX_MS - HOUR_MS)
    assert poured(told).milked_ms == SIX_MS - HOUR_MS
    assert poured(msgspec.structs.replace(told, milked_ms=SIX_MS + HOUR_MS)).milked_ms == SIX_MS


def test_a_sites_own_tests_move_the_count_that_milk_begins_with() -> None:
    assert likely(poured(terms=MilkTerms(offset_log10=0.5))) == pytest.approx(10**5.5, rel=0.01)


# A fill in the curve, and the answer about it


def test_a_fill_that_nobody_told_of_is_a_batch_of_unknown_age_and_asks() -> None:
    batch = found(None, fill_of(SIX_MS, peak=33.0))
    assert likely(batch) == pytest.approx(1e6, rel=0.2)
    assert (batch.known, batch.begun_ms, asks(batch)) == (False, SIX_MS, True)


@pytest.mark.parametrize("minutes", [-110, -30, 0, 30, 119])
def test_the_answer_about_a_fill_is_as_good_as_if_it_had_come_with_the_milk(minutes: int) -> None:
    fill = fill_of(SIX_MS, peak=33.0)
    late = held(found(None, fill), 2.5, 20.0)
    answer = MilkIn(at_ms=SIX_MS + minutes * 60_000, milked=Milked.JUST_NOW, litres=20.0)
    late = poured(answer, late)
    straight = held(found(poured(), fill), 2.5, 20.0)
    assert late.estimate.counts() == pytest.approx(straight.estimate.counts(), rel=0.03)
    assert (late.known, late.topped_up, late.litres, asks(late)) == (True, 0, 20.0, False)


def test_milk_that_was_told_of_is_not_found_a_second_time() -> None:
    batch = found(poured(), fill_of(SIX_MS + 5 * 60_000, peak=20.0))
    assert (batch.known, batch.topped_up, batch.begun_ms) == (True, 0, SIX_MS)


def test_milk_told_of_more_than_two_hours_after_a_fill_is_other_milk() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS + 130 * 60_000, milked=Milked.JUST_NOW), found(None, fill_of(SIX_MS, peak=33.0)))
    assert (batch.known, batch.topped_up) == (False, 1)


def test_a_second_can_of_the_same_fill_keeps_the_first() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS + 3 * HOUR_MS, milked=Milked.THIS_MORNING))
    batch = poured(MilkIn(at_ms=SIX_MS + 3 * HOUR_MS + 1_800_000, milked=Milked.JUST_NOW), batch)
    after = found(batch, fill_of(SIX_MS + 3 * HOUR_MS + 300_000, peak=33.0), after_ms=2_000_000)
    assert (after.topped_up, after.milked_ms) == (1, SIX_MS)
    assert after.estimate.counts()[0] > 1e6


def test_an_older_fill_that_shows_again_is_not_poured_again() -> None:
    fill = fill_of(SIX_MS, peak=33.0)
    batch = poured(MilkIn(at_ms=SIX_MS + 3 * HOUR_MS, milked=Milked.JUST_NOW), found(None, fill))
    assert found(batch, fill, after_ms=4 * HOUR_MS).topped_up == 1


def test_warm_milk_in_a_unit_that_was_emptied_without_a_word_is_another_batch() -> None:
    old = poured(events.Tested(at_ms=SIX_MS + HOUR_MS, test=QualityTest.CLOT_ON_BOILING, failed=True), poured())
    evening = MilkIn(at_ms=SIX_MS + 12 * HOUR_MS, milked=Milked.JUST_NOW, litres=20.0)
    told = poured(evening, held(old, 11, 4.0))
    assert (told.topped_up, told.refused_ms) == (1, SIX_MS + HOUR_MS)
    other = found(told, fill_of(evening.at_ms, peak=31.0))
    assert (other.topped_up, other.refused_ms, other.begun_ms, other.known) == (0, None, evening.at_ms, True)
    unasked = found(held(old, 11, 4.0), fill_of(evening.at_ms, peak=31.0))
    assert (unasked.topped_up, unasked.refused_ms, unasked.known) == (0, None, False)


# What nobody saw


def test_a_gap_of_two_days_leaves_nothing_known_of_the_milk() -> None:
    cold = held(poured(), 1, 4.0)
    after = follow(cold, TERMS, at_ms=cold.at_ms + 48 * HOUR_MS, celsius=4.0, gap=True)
    assert after is not None
    assert after.blind_ms == cold.at_ms
    ends = deadline(after, TERMS, at_ms=after.at_ms, celsius=4.0)
    assert because(after, ends, TERMS, at_ms=after.at_ms) is Because.UNSEEN


def test_milk_that_was_over_before_a_gap_is_over_after_it() -> None:
    old = held(poured(), 12, 25.0)
    after = follow(old, TERMS, at_ms=old.at_ms + 48 * HOUR_MS, celsius=4.0, gap=True)
    assert after is not None
    assert is_over(after)


def test_a_network_that_was_away_for_a_night_condemns_no_milk() -> None:
    cold = held(poured(), 6, 8.0)
    after = follow(cold, TERMS, at_ms=cold.at_ms + 9 * HOUR_MS, celsius=8.0, gap=True)
    assert after is not None
    assert after.estimate.counts()[0] > 1e6
    assert (is_over(after), after.blind_ms) == (False, cold.at_ms)


def test_milk_that_was_seen_again_is_over_once_it_is_likely_to_be() -> None:
    cold = held(poured(), 1, 4.0)
    after = follow(cold, TERMS, at_ms=cold.at_ms + 48 * HOUR_MS, celsius=4.0, gap=True)
    assert after is not None
    assert not is_over(held(after, 1, 25.0))
    assert is_over(held(after, 12, 25.0))


def test_a_short_gap_widens_what_is_known_and_no_more() -> None:
    cold = held(poured(), 1, 4.0)
    seen = held(cold, 4, 4.0)
    unseen = follow(cold, TERMS, at_ms=seen.at_ms, celsius=4.0, gap=True)
    assert unseen is not None
    assert unseen.blind_ms is None
    assert unseen.estimate.counts()[0] > seen.estimate.counts()[0] * 1.02
    assert unseen.estimate.counts()[1] == pytest.approx(seen.estimate.counts()[1])
    assert unseen.estimate.counts()[2] <= seen.estimate.counts()[2]
    assert unseen.exposure.hours == cold.exposure.hours


def test_milk_that_is_asked_for_between_readings_is_carried_and_after_long_silence_is_unseen() -> None:
    cold = held(poured(), 1, 4.0)
    soon = as_of(cold, TERMS, at_ms=cold.at_ms + TEN_MINUTES_MS, longest_gap_s=1800)
    assert soon == held(cold, 1 / 6, 4.0)
    assert as_of(cold, TERMS, at_ms=cold.at_ms + 48 * HOUR_MS, longest_gap_s=1800).blind_ms == cold.at_ms


def test_a_probe_that_follows_late_makes_milk_doubtful_only_while_it_changes() -> None:
    at_the_wall = MilkTerms(lag_s=900)
    steady = held(poured(), 6, 10.0)
    assert held(poured(terms=at_the_wall), 6, 10.0, at_the_wall).estimate == steady.estimate

    def warming(terms: MilkTerms) -> tuple[float, float, float]:
        batch: Batch | None = poured(terms=terms)
        for number in range(1, 25):
            at_ms = SIX_MS + number * TEN_MINUTES_MS
            batch = follow(batch, terms, at_ms=at_ms, celsius=4.0 + number, gap=False)
        assert batch is not None
        return batch.estimate.counts()

    sharp, late = warming(TERMS), warming(at_the_wall)
    assert late[0] > sharp[0] * 1.05
    assert late[1] == sharp[1]
    assert late[2] < sharp[2]


def test_what_milk_has_been_through_is_kept_in_figures() -> None:
    batch = held(held(poured(), 20, 4.0), 4, 30.0)
    exposure = batch.exposure
    assert exposure.hours == pytest.approx(24)
    assert exposure.cold_hours == pytest.approx(20)
    assert exposure.degree_hours == pytest.approx(4 * 26)
    assert exposure.mean_kinetic_celsius == pytest.approx(16.0798, abs=1e-3)
    assert poured().exposure.mean_kinetic_celsius is None


spans = st.lists(st.tuples(st.integers(1, 200), st.sampled_from([-1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 41.0])), min_size=1)


@settings(max_examples=100, deadline=None)
@given(spans, st.lists(st.integers(0, 6000), max_size=5))
def test_readings_between_readings_of_the_same_change_nothing(parts: list[tuple[int, float]], more: list[int]) -> None:
    """Splitting a trace anywhere gives the same milk."""
    ends = [SIX_MS]
    for minutes, _ in parts:
        ends.append(ends[-1] + minutes * 60_000)
    trace = {start: celsius for (start, _), (_, celsius) in zip(pairwise(ends), parts, strict=True)}
    trace[ends[-1]] = parts[-1][1]
    split = dict(trace)
    for minute in more:
        at_ms = SIX_MS + minute * 60_000
        split[at_ms] = trace[max(ms for ms in trace if ms <= at_ms)]
    first, second = (_through(one, ends[-1]) for one in (trace, split))
    assert first.estimate.counts() == pytest.approx(second.estimate.counts(), rel=1e-9)
    assert first.exposure.degree_hours == pytest.approx(second.exposure.degree_hours)


def _through(trace: dict[int, float], until_ms: int) -> Batch:
    batch: Batch | None = poured()
    for at_ms in sorted(ms for ms in trace if ms <= until_ms):
        batch = follow(batch, TERMS, at_ms=at_ms, celsius=trace[at_ms], gap=False)
    assert batch is not None
    return batch
