"""The model with NumPy says what the plain one says, to a billionth, for every milk, trace and draw at once."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.milk import growth as plain
from coldchain_judgement.milk.estimate import CAUTIOUS, HOPEFUL
from coldchain_judgement.milk.growth import Growth
from coldchain_judgement.milk.model import RAW_COW, Model
from coldchain_server.lab.growth import Array, Milks, SensorRates, begun, hours_to, mixed, rate, through

CELSIUS = st.floats(-15, 60)
COUNTS = st.floats(10, 1e8)
SPANS = st.lists(st.tuples(st.floats(0, 12), CELSIUS), max_size=8)
MODELS = st.sampled_from([RAW_COW, CAUTIOUS.model, HOPEFUL.model])


def fresh(count: float, model: Model = RAW_COW) -> Milks:
    share = (np.asarray(one) for one in (model.cold_share, model.warm_share, model.lag))
    return begun(np.asarray(count), **dict(zip(("cold_share", "warm_share", "lag"), share, strict=True)))


def hours_and_celsius(spans: list[tuple[float, float]]) -> tuple[Array, Array]:
    return np.array([hours for hours, _ in spans]), np.array([celsius for _, celsius in spans])


def assert_alike(many: Milks, one: Growth) -> None:
    for name in ("cold", "warm", "rest", "cold_lag", "warm_lag"):
        assert float(getattr(many, name)) == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-12), name


@given(st.lists(CELSIUS, min_size=1, max_size=50), MODELS)
def test_rates_of_many_temperatures_are_those_of_each(celsius: list[float], model: Model) -> None:
    for population in (model.cold, model.warm):
        expected = [population.rate(one) for one in celsius]
        assert rate(population, np.array(celsius)).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(COUNTS, SPANS, MODELS)
def test_a_trace_leads_to_the_state_of_the_plain_model(
    count: float, spans: list[tuple[float, float]], model: Model
) -> None:
    expected = plain.through(plain.begun(count, model=model), spans, model=model)
    many = through(fresh(count, model), *hours_and_celsius(spans), model=model)
    assert_alike(many, expected)
    assert float(many.count(model.most)) == pytest.approx(expected.count(model), rel=1e-9)


@given(COUNTS, SPANS, CELSIUS, st.sampled_from([1e6, 1e7, 1e8, 1e9]))
def test_hours_left_are_those_of_the_plain_model(
    count: float, spans: list[tuple[float, float]], celsius: float, limit: float
) -> None:
    expected = plain.hours_to(limit, plain.through(plain.begun(count), spans), celsius=celsius)
    milks = through(fresh(count), *hours_and_celsius(spans))
    at = np.asarray(celsius)
    found = float(hours_to(limit, milks, cold=rate(RAW_COW.cold, at), warm=rate(RAW_COW.warm, at)))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(COUNTS, COUNTS, SPANS, st.floats(0.01, 0.99))
def test_a_blend_is_that_of_the_plain_model(
    one: float, other: float, spans: list[tuple[float, float]], share: float
) -> None:
    expected = plain.mixed([(1 - share, plain.begun(one)), (share, plain.through(plain.begun(other), spans))])
    many = mixed(fresh(one), through(fresh(other), *hours_and_celsius(spans)), share=np.asarray(share))
    assert_alike(many, expected)


def test_units_by_time_by_draws_are_one_call() -> None:
    celsius = np.array([[4.0, 20.0, 4.0], [30.0, 37.0, 10.0]])[:, None, :]
    hours = np.array([6.0, 2.0, 12.0])
    counts = np.array([1e4, 1e5, 1e6, 1e7])
    shape = np.zeros(4)
    milks = through(begun(counts, cold_share=shape + 0.2, warm_share=shape + 0.05, lag=shape + 1.0), hours, celsius)
    assert milks.count().shape == (2, 4)
    for unit, draw in np.ndindex(2, 4):
        spans = zip(hours.tolist(), celsius[unit, 0].tolist(), strict=True)
        expected = plain.through(plain.begun(float(counts[draw])), spans).count()
        assert milks.count()[unit, draw] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("celsius", "hours"), [(4, 122.66), (10, 49.81), (20, 14.819), (30, 6.908), (37, 5.552)])
def test_the_published_hours_to_ten_million(celsius: float, hours: float) -> None:
    at = np.asarray(float(celsius))
    found = hours_to(1e7, fresh(1e5), cold=rate(RAW_COW.cold, at), warm=rate(RAW_COW.warm, at))
    assert float(found) == pytest.approx(hours, abs=0.01)


def test_what_a_sensor_can_measure_is_looked_up_and_not_reckoned_again() -> None:
    sixteenths = np.array([[-880, -97, 0, 64, 65, 560, 2000]], dtype=np.int16)
    cold, warm = SensorRates().integrals(sixteenths, hours=1 / 60)
    assert cold[0] == pytest.approx(sum(RAW_COW.cold.rate(one / 16) for one in sixteenths[0].tolist()) / 60, rel=1e-12)
    assert warm[0] == pytest.approx(sum(RAW_COW.warm.rate(one / 16) for one in sixteenths[0].tolist()) / 60, rel=1e-12)


def test_milk_that_never_gets_there_takes_for_ever() -> None:
    frozen = np.asarray(-20.0)
    hours = hours_to(1e6, fresh(1e5), cold=rate(RAW_COW.cold, frozen), warm=rate(RAW_COW.warm, frozen))
    assert math.isinf(float(hours))
