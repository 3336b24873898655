"""Ménaka's weather: its published months, its day, and the same weather for the same seed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_simulator.climate import Climate

HOUR_MS = 3_600_000


def instant(month: int, day: int, hour: int = 0) -> int:
    return milliseconds(datetime(2026, month, day, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("month", "highest"),
    [(1, 30), (2, 33), (3, 37), (4, 40), (5, 42), (6, 41), (7, 38), (8, 36), (9, 38), (10, 39), (11, 35), (12, 31)],
)
def test_the_hottest_hour_of_mid_month_has_the_mean_daily_maximum(month: int, highest: float) -> None:
    assert Climate(unrest_celsius=0).celsius(instant(month, 15, 15)) == pytest.approx(highest, abs=0.01)


@pytest.mark.parametrize(("month", "published"), [(3, 31), (6, 34.5), (7, 34.5), (11, 30), (12, 25)])
def test_monthly_means_are_near_the_published_ones(month: int, published: float) -> None:
    climate = Climate(unrest_celsius=0)
    hours = [climate.celsius(instant(month, 1) + hour * HOUR_MS) for hour in range(28 * 24)]
    assert mean(hours) == pytest.approx(published, abs=2.0)


def test_it_is_coldest_before_sunrise_and_hottest_at_three() -> None:
    day = [Climate(unrest_celsius=0).celsius(instant(4, 20, hour)) for hour in range(24)]
    assert day.index(min(day)) == 6
    assert day.index(max(day)) == 15


def test_weather_never_leaps_and_never_leaves_the_records() -> None:
    climate = Climate(seed=3, unrest_celsius=4)
    start = instant(1, 1)
    year = [climate.celsius(start + quarter * HOUR_MS // 4) for quarter in range(365 * 96)]
    assert max(abs(b - a) for a, b in pairwise(year)) < 2
    assert 8 <= min(year) <= max(year) <= 47


def test_a_seed_is_one_weather_and_another_seed_another() -> None:
    at = [instant(4, 20) + hour * HOUR_MS for hour in range(72)]
    one, same, other = ([Climate(seed=seed).celsius(when) for when in at] for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_shifted_climate_has_the_weather_of_another_day() -> None:
    january, april = instant(1, 10, 2), instant(4, 20, 15)
    assert Climate(shift_ms=april - january).celsius(january) == Climate().celsius(april)


def test_every_day_of_a_leap_year_has_weather() -> None:
    first = datetime(2028, 1, 1, 12, tzinfo=UTC)
    assert all(10 < Climate().celsius(milliseconds(first + timedelta(days=day))) < 47 for day in range(366))
