"""Figures for reports agree with the hand-computed values."""

import pytest

from coldchain_judgement.milk.exposure import (
    degree_hours_above,
    hours_at_four_degrees,
    mean_kinetic_celsius,
)
from coldchain_judgement.milk.lactoperoxidase import added_hours
from coldchain_judgement.milk.trace import HOUR_MS, spans


@pytest.mark.parametrize(
    ("parts", "celsius"),
    [
        ([(1, 5), (1, 25)], 19.6977),
        ([(1, 2), (1, 8)], 5.5364),
        ([(1, 20), (1, 25), (1, 30)], 25.8582),
        ([(4, 4), (1, 30)], 17.2953),
        ([(20, 4), (4, 30)], 16.0798),
        ([(22, 4), (2, 35)], 15.1952),
        ([(7, 4)], 4.0),
    ],
)
def test_the_mean_kinetic_temperature_is_that_of_haynes(parts: list[tuple[float, float]], celsius: float) -> None:
    assert mean_kinetic_celsius(parts) == pytest.approx(celsius, abs=1e-4)


def test_no_time_has_no_mean() -> None:
    with pytest.raises(ValueError, match="at least one span"):
        mean_kinetic_celsius([(0, 4)])


def test_degree_hours_count_only_what_is_above() -> None:
    assert degree_hours_above(4, [(22, 4), (2, 35), (5, 1)]) == 62


@pytest.mark.parametrize(("celsius", "pace"), [(4, 1.0), (10, 2.39), (15, 4.0)])
def test_warmer_hours_weigh_more_than_those_at_four_degrees(celsius: float, pace: float) -> None:
    assert hours_at_four_degrees([(10, celsius)]) == pytest.approx(10 * pace, rel=2e-3)


def test_each_temperature_of_a_trace_holds_until_the_next() -> None:
    assert spans([(0, 4.0), (HOUR_MS, 10.0), (3 * HOUR_MS, 5.0)]) == [(1.0, 4.0), (2.0, 10.0)]


@pytest.mark.parametrize(
    ("celsius", "hours"), [(10, 25.0), (15, 25.0), (17.5, 20.75), (30, 7.5), (32.5, 5.75), (35, 4.0), (44, 4.0)]
)
def test_lactoperoxidase_adds_the_hours_of_its_table(celsius: float, hours: float) -> None:
    assert added_hours(celsius, count=1e5) == pytest.approx(hours)


def test_lactoperoxidase_adds_nothing_to_milk_that_is_already_full_of_bacteria() -> None:
    assert added_hours(30, count=1.1e6) == 0.0
