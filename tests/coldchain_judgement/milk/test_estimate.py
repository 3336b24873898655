"""The cautious and the hopeful view enclose the likely one as the draws over what is not known do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.milk.estimate import Estimate, fresh, hours_until, kept, poured_together
from coldchain_judgement.milk.trace import spans as spans_of

# °C: the tenth, fiftieth and ninetieth percentile of the hours to 10^7 from 10^5, of 1500 draws
DRAWN = {4: (81, 131, 208), 8: (43, 68, 106), 10: (32, 51, 79), 15: (17, 25, 35), 20: (9.2, 13.6, 19),
         25: (6.0, 8.9, 12.6), 30: (4.4, 6.6, 9.3), 35: (3.6, 5.4, 7.7), 40: (3.5, 5.1, 7.4)}  # fmt: skip
SPANS = st.lists(st.tuples(st.floats(0, 12), st.floats(0.5, 37)), max_size=10)
COUNTS = st.floats(1e4, 1e7)


@pytest.mark.parametrize("celsius", DRAWN)
def test_the_range_is_that_of_the_draws(celsius: float) -> None:
    earliest, _, latest = DRAWN[int(celsius)]
    hours = hours_until(1e7, fresh(1e5), celsius=celsius, error=0)
    assert hours.earliest == pytest.approx(earliest, rel=0.05)
    assert hours.latest == pytest.approx(latest, rel=0.1)


@given(COUNTS, SPANS, st.floats(0, 2))
def test_the_views_never_cross(count: float, spans: list[tuple[float, float]], error: float) -> None:
    worst, likely, best = kept(fresh(count), spans, error=error).counts()
    assert worst >= likely * (1 - 1e-9)
    assert likely >= best * (1 - 1e-9)


@given(COUNTS, SPANS, st.floats(1, 36))
def test_a_sensor_that_errs_more_widens_the_range(count: float, spans: list[tuple[float, float]], now: float) -> None:
    good, bad = (hours_until(1e7, kept(fresh(count), spans, error=e), celsius=now, error=e) for e in (0.5, 2.0))
    assert bad.earliest <= good.earliest + 1e-9
    assert bad.latest >= good.latest - 1e-9


@given(COUNTS, SPANS, SPANS)
def test_what_was_kept_goes_on_from_where_it_was(
    count: float, first: list[tuple[float, float]], then: list[tuple[float, float]]
) -> None:
    both, at_once = kept(kept(fresh(count), first), then), kept(fresh(count), [*first, *then])
    assert both.counts() == pytest.approx(at_once.counts(), rel=1e-9)


def test_a_trace_is_followed_by_its_spans() -> None:
    trace = [(0, 4.0), (3_600_000, 20.0), (10_800_000, 4.0)]
    assert kept(fresh(1e5), spans_of(trace)).counts() == kept(fresh(1e5), [(1, 4.0), (2, 20.0)]).counts()


def test_a_blend_is_no_better_than_its_better_part_and_no_worse_than_its_worse() -> None:
    clean, dirty = kept(fresh(1e5), [(3, 4)]), kept(fresh(1e6), [(4, 35)])
    blend: Estimate = poured_together([(20, clean), (20, dirty)])
    for low, middle, high in zip(clean.counts(), blend.counts(), dirty.counts(), strict=True):
        assert low < middle < high
