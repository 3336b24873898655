"""The range of draws is the one that was stated, wider with all that is doubtful, and the same for the same milk."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.milk.batch import Before, Pour
from coldchain_judgement.milk.estimate import fresh as estimated
from coldchain_judgement.milk.estimate import kept as estimate_kept
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.starting import begun
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.lab.draws import drawn, fresh, poured, scattered
from coldchain_server.lab.kept import Kept, kept_at
from coldchain_server.lab.range import Percentiles, Range, ranged, thinned

TERMS = MilkTerms()
DRAWS = drawn()
STATED = {4: (81, 131, 208), 8: (43, 68, 106), 10: (32, 51, 79), 15: (17, 25, 35), 20: (9.2, 13.6, 19),
          25: (6.0, 8.9, 12.6), 30: (4.4, 6.6, 9.3), 35: (3.6, 5.4, 7.7), 40: (3.5, 5.1, 7.4)}  # fmt: skip
NOTHING = kept_at([], TERMS, until_ms=0, longest_gap_s=60)


def kept(*values: tuple[float, float], until_h: float, terms: MilkTerms = TERMS, gap_s: int = 1800) -> Kept:
    trace = [(round(hours * HOUR_MS), celsius) for hours, celsius in values]
    return kept_at(trace, terms, until_ms=round(until_h * HOUR_MS), longest_gap_s=gap_s)


def steady(celsius: float, *, hours: int) -> list[tuple[float, float]]:
    return [(minute / 60, celsius) for minute in range(0, hours * 60, 10)]


def of(how: Kept, *, then: float = 4.0, error: float = 0.5) -> Range:
    return ranged(fresh(5.0, DRAWS), how, DRAWS, then_celsius=then, error=error)


def width(one: Percentiles) -> float:
    return one.p90 - one.p10


@pytest.mark.parametrize("celsius", STATED)
def test_the_range_is_the_one_that_was_stated(celsius: float) -> None:
    draws = drawn(4000)
    spoil = ranged(fresh(5.0, draws), NOTHING, draws, then_celsius=celsius, error=0.0).spoil
    assert (spoil.p10, spoil.p50, spoil.p90) == pytest.approx(STATED[int(celsius)], rel=0.06)


def test_the_same_milk_has_the_same_range_and_other_draws_hardly_another() -> None:
    how = kept(*steady(12.0, hours=10), until_h=10)
    assert of(how) == ranged(fresh(5.0, drawn()), how, drawn(), then_celsius=4.0)
    other = drawn(seed=7)
    again = ranged(fresh(5.0, other), how, other, then_celsius=4.0)
    assert again.use.p50 == pytest.approx(of(how).use.p50, rel=0.1)


@settings(max_examples=20)
@given(st.lists(st.floats(0.5, 40), min_size=1, max_size=12), st.integers(1, 11))
def test_to_work_through_a_trace_in_parts_changes_nothing(celsius: list[float], cut: int) -> None:
    values = [(hour / 2, one) for hour, one in enumerate(celsius)]
    whole, cut = kept(*values, until_h=len(celsius) / 2), min(cut, len(celsius))
    halves = kept(*values[:cut], until_h=cut / 2), whole.part(slice(cut, None))
    first = ranged(fresh(5.0, DRAWS), halves[0], DRAWS, then_celsius=4.0)
    assert [one.p50 for one in of(whole).log10[: cut + 1]] == pytest.approx([one.p50 for one in first.log10])


def test_a_long_trace_is_the_same_as_a_thinner_one_of_the_same_temperatures() -> None:
    """Longer than is worked through at a time."""
    fine = kept(*((minute / 60, 15.0) for minute in range(900)), until_h=15)
    coarse = kept((0, 15.0), until_h=15, gap_s=10**6)
    for one, other in ((of(fine).use, of(coarse).use), (of(fine).spoil, of(coarse).spoil)):
        assert (one.p10, one.p50, one.p90) == pytest.approx((other.p10, other.p50, other.p90), rel=1e-9)


def test_hours_left_are_reckoned_where_the_milk_got_warm_and_not_from_its_end() -> None:
    spoilt = of(kept(*steady(30.0, hours=24), until_h=24))
    assert spoilt.spoil.p90 < 12
    assert spoilt.spoil.p50 == pytest.approx(of(NOTHING, then=30.0).spoil.p50, rel=1e-6)


def test_counts_never_fall_along_time() -> None:
    how = kept(*steady(20.0, hours=6), *((6 + at, 4.0) for at, _ in steady(4.0, hours=6)), until_h=12)
    for before, after in pairwise(of(how).log10):
        assert after.p10 >= before.p10
        assert after.p90 >= before.p90


def test_what_nobody_measured_widens_the_range() -> None:
    seen = of(kept(*steady(6.0, hours=24), until_h=24))
    gap = of(kept((0, 6.0), (23.9, 6.0), until_h=24))
    assert width(gap.log10[-1]) > width(seen.log10[-1]) + 0.5


def test_a_sensor_that_errs_and_a_probe_that_lags_widen_the_range() -> None:
    steadily = kept(*steady(8.0, hours=48), until_h=48)
    sure, erring = (of(steadily, error=error).log10[-1] for error in (0.0, 2.0))
    assert width(erring) > width(sure) + 0.1
    wavy = [(at, 20.0 + 10.0 * (round(6 * at) % 2)) for at, _ in steady(20.0, hours=8)]
    quick, slow = (of(kept(*wavy, until_h=8, terms=MilkTerms(lag_s=lag_s)), error=0.0) for lag_s in (0, 1800))
    assert width(slow.log10[-1]) > width(quick.log10[-1]) + 0.05


def pour(milked: Milked, *, hours: float = 0.0) -> Pour:
    return Pour(at_ms=10 * HOUR_MS, milked=milked, milked_ms=round((10 - hours) * HOUR_MS), told=True)


def test_milk_of_unknown_age_has_the_widest_range() -> None:
    just, unknown = (np.log10(poured(pour(one), TERMS, DRAWS).count()) for one in (Milked.JUST_NOW, Milked.UNKNOWN))
    assert np.median(just) == pytest.approx(5.0, abs=0.1)
    assert np.median(unknown) == pytest.approx(6.0, abs=0.1)
    assert unknown.std() > 1.3 * just.std()


def test_milk_that_stood_warm_for_hours_begins_dirtier() -> None:
    one, four = (np.median(poured(pour(Milked.THIS_MORNING, hours=h), TERMS, DRAWS).count()) for h in (1, 4))
    assert 1e5 <= one < 3e5
    assert four >= 9e5


def test_what_was_in_a_unit_before_is_spread_as_its_three_views_are() -> None:
    estimate = estimate_kept(estimated(1e5), [(10, 12.0)])
    counts = np.quantile(scattered(estimate, drawn(4000)).count(), (0.9, 0.5, 0.1))
    assert np.log10(counts).tolist() == pytest.approx(np.log10(estimate.counts()).tolist(), abs=0.08)


def test_a_blend_lies_between_what_is_blended() -> None:
    old = begun(pour(Milked.JUST_NOW), TERMS)
    before = estimate_kept(old.estimate, [(8, 20.0)])
    blend = msgspec.structs.replace(pour(Milked.JUST_NOW), litres=10.0)
    clean, dirty = np.median(poured(blend, TERMS, DRAWS).count()), before.counts()[1]
    known = Before(estimate=before, milked_ms=0, known=True, species=old.species, litres=10.0)
    half = np.median(poured(msgspec.structs.replace(blend, before=known), TERMS, DRAWS).count())
    assert clean < half < dirty


def test_a_thinned_range_keeps_its_ends() -> None:
    whole = of(kept(*steady(5.0, hours=40), until_h=40))
    few = thinned(whole, 20)
    assert len(few.hours) <= 20
    assert (few.hours[0], few.hours[-1], few.log10[-1]) == (0.0, whole.hours[-1], whole.log10[-1])
