"""The growth model gives the published vectors, never un-grows, and does not mind how time is cut."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.milk.growth import Growth, begun, hours_to, kept, mixed, through
from coldchain_judgement.milk.model import RAW_COW
from coldchain_judgement.milk.trace import HOUR_MS, spans

CELSIUS = st.floats(0.5, 45, allow_nan=False)
COUNTS = st.floats(1e2, 1e8)
TRACE = st.lists(st.tuples(st.integers(1, 600), st.floats(-2, 45)), min_size=2, max_size=40)
MINUTE_MS = 60_000


def followed_by(growth: Growth, trace: list[tuple[int, float]]) -> Growth:
    return through(growth, spans(trace))


def log10_of(growth: Growth) -> float:
    return math.log10(growth.count())


def at(celsius: float, hours: float, count: float = 1e5) -> float:
    return log10_of(kept(begun(count), celsius=celsius, hours=hours))


@pytest.mark.parametrize(
    ("celsius", "cold", "warm"),
    [(4, 0.058824, 0.0), (10, 0.144524, 0.090215), (25, 0.419636, 0.908332), (37, 0.0, 1.549314), (45, 0.0, 1.56)],
)
def test_rates_are_those_of_the_published_curves(celsius: float, cold: float, warm: float) -> None:
    assert RAW_COW.cold.rate(celsius) == pytest.approx(cold, abs=1e-6)
    assert RAW_COW.warm.rate(celsius) == pytest.approx(warm, abs=1e-6)


@pytest.mark.parametrize(
    ("celsius", "hours", "log10"),
    [(4, 24, 5.0893), (10, 24, 5.5351), (20, 12, 6.3579), (30, 6, 6.5274), (37, 5, 6.6370)],
)
def test_at_one_temperature_the_count_is_the_closed_form(celsius: float, hours: float, log10: float) -> None:
    assert at(celsius, hours) == pytest.approx(log10, abs=1e-3)


@pytest.mark.parametrize(("celsius", "hours"), [(4, 122.66), (10, 49.81), (20, 14.819), (30, 6.908), (37, 5.552)])
def test_milk_spoils_after_the_hours_of_the_table(celsius: float, hours: float) -> None:
    assert hours_to(1e7, begun(1e5), celsius=celsius) == pytest.approx(hours, rel=2e-3)


def test_it_must_be_dealt_with_after_the_hours_of_the_table() -> None:
    assert hours_to(1e6, begun(1e5), celsius=30) == pytest.approx(4.935, rel=2e-3)


def sampled(curve: Callable[[float], float], hours: float) -> list[tuple[int, float]]:
    return [(minute * MINUTE_MS, curve(minute / 60)) for minute in range(round(hours * 60) + 1)]


def cooling_from(delay_h: float) -> list[tuple[int, float]]:
    return sampled(lambda h: 35.0 if h < delay_h else 4 + 31 * math.exp(-(h - delay_h) / 2), 24)


@pytest.mark.parametrize(("delay_h", "log10"), [(0, 5.25), (2, 5.64), (4, 6.73), (6, 7.97)])
def test_what_stood_warm_before_it_was_cooled_is_never_made_good(delay_h: float, log10: float) -> None:
    assert log10_of(followed_by(begun(1e5), cooling_from(delay_h))) == pytest.approx(log10, abs=0.02)


def test_a_power_cut_is_felt_hours_later() -> None:
    def curve(h: float) -> float:
        return 4.0 if h < 12 else 40 - 36 * math.exp(-(h - 12) / 18.7)

    trace = sampled(curve, 36)
    crossed = {
        limit: next(ms for ms, _ in trace if followed_by(begun(1e5), trace[: ms // MINUTE_MS + 1]).count() >= limit)
        / HOUR_MS
        for limit in (1e6, 1e7)
    }
    assert crossed[1e6] == pytest.approx(26.88, abs=0.1)
    assert crossed[1e7] == pytest.approx(30.27, abs=0.1)
    assert log10_of(followed_by(begun(1e5), trace)) == pytest.approx(8.92, abs=0.02)


CONN = [
    (10, 6, 3.08), (10, 12, 3.18), (10, 24, 3.61), (10, 40, 3.79),
    (20, 6, 3.23), (20, 12, 4.38), (20, 24, 6.79), (20, 40, 8.55),
]  # fmt: skip


@pytest.mark.parametrize(("celsius", "hours", "observed"), CONN)
def test_conns_counts_are_met_within_their_scatter(celsius: float, hours: float, observed: float) -> None:
    assert abs(at(celsius, hours, 1e3) - observed) <= 0.65


@given(TRACE, st.data())
def test_a_trace_may_be_cut_anywhere(stretches: list[tuple[int, float]], data: st.DataObject) -> None:
    trace, now = [], 0
    for minutes, celsius in stretches:
        trace.append((now, celsius))
        now += minutes * MINUTE_MS
    cut = data.draw(st.integers(0, trace[-1][0]))
    before = [one for one in trace if one[0] <= cut]
    at_cut = (cut, before[-1][1])
    first = followed_by(begun(1e5), [*before, at_cut])
    both = followed_by(first, [at_cut, *(one for one in trace if one[0] > cut)])
    assert log10_of(both) == pytest.approx(log10_of(followed_by(begun(1e5), trace)), abs=1e-9)


@given(CELSIUS, CELSIUS, COUNTS, st.floats(0, 100))
def test_warmer_milk_never_has_fewer_by_more_than_a_hundredth(
    one: float, other: float, count: float, hours: float
) -> None:
    """Above 36 °C the cold-loving bacteria stop before the others have made up for them: 0.0082 log10 at most."""
    cool, warm = sorted((one, other))
    assert at(cool, hours, count) <= at(warm, hours, count) + 0.01


@given(CELSIUS, COUNTS, COUNTS, st.floats(0, 100))
def test_dirtier_milk_never_has_fewer(celsius: float, one: float, other: float, hours: float) -> None:
    clean, dirty = sorted((one, other))
    assert at(celsius, hours, clean) <= at(celsius, hours, dirty) + 1e-9


@given(st.floats(-10, 60), COUNTS, st.floats(0, 200))
def test_no_count_ever_falls(celsius: float, count: float, hours: float) -> None:
    assert at(celsius, hours, count) >= log10_of(begun(count)) - 1e-9


@given(CELSIUS, COUNTS, st.floats(1e3, 5e8))
def test_the_hours_to_a_count_lead_to_it(celsius: float, count: float, limit: float) -> None:
    hours, start = hours_to(limit, begun(count), celsius=celsius), begun(count)
    if hours == 0:
        assert start.count() >= limit
    else:
        assert kept(start, celsius=celsius, hours=hours).count() == pytest.approx(limit, rel=1e-6)


def test_milk_at_which_nothing_grows_keeps_its_count_for_ever() -> None:
    assert hours_to(1e7, begun(1e5), celsius=-20) == math.inf


@given(st.lists(st.tuples(st.floats(0.1, 100), COUNTS, CELSIUS, st.floats(0, 30)), min_size=1, max_size=4))
def test_a_blend_lies_between_its_parts(parts: list[tuple[float, float, float, float]]) -> None:
    poured = [(litres, kept(begun(count), celsius=celsius, hours=hours)) for litres, count, celsius, hours in parts]
    blend = mixed(poured)
    for name in ("cold", "warm", "rest", "cold_lag", "warm_lag"):
        values = [getattr(growth, name) for _, growth in poured]
        assert min(values) * (1 - 1e-9) - 1e-12 <= getattr(blend, name) <= max(values) * (1 + 1e-9) + 1e-12


def test_milk_poured_into_itself_is_the_same_milk() -> None:
    growth = kept(begun(1e5), celsius=20, hours=5)
    blend = mixed([(10, growth), (30, growth)])
    assert blend.count() == pytest.approx(growth.count())
    assert blend.warm_lag == pytest.approx(growth.warm_lag)
