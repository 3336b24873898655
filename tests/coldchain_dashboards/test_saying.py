"""How numbers, ages and times are said."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_dashboards import saying
from invented.world import World

NOW_MS = milliseconds(datetime.fromisoformat("2026-11-22T23:30:00+00:00"))
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@pytest.fixture
def english(quiet_world: World) -> Iterator[None]:
    with quiet_world.pages().test_request_context("/?lang=en"):
        yield


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("ago_ms", "said"),
    [
        (-5000, "just now"),
        (59_999, "just now"),
        (MINUTE_MS, "1 min ago"),
        (119 * MINUTE_MS, "119 min ago"),
        (2 * HOUR_MS, "2 h ago"),
        (47 * HOUR_MS, "47 h ago"),
        (48 * HOUR_MS, "2 days ago"),
    ],
)
def test_an_age_is_said_in_one_unit(ago_ms: int, said: str) -> None:
    assert saying.age(NOW_MS - ago_ms, NOW_MS).replace("\u00a0", " ") == said


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("celsius", "said"), [(4.0625, "4.1"), (-0.04, "0.0"), (-6.5, "−6.5"), (12.35, "12.3"), (0, "0.0")]
)
def test_a_temperature_is_said_to_a_tenth_and_never_as_minus_zero(celsius: float, said: str) -> None:
    assert saying.degrees(celsius) == f"{said}\u00a0°C"


@pytest.mark.usefixtures("english")
def test_a_limit_is_said_as_it_is_written() -> None:
    assert [saying.whole_degrees(limit) for limit in (8.0, 4.45, -0.5)] == [
        "8\u00a0°C",
        "4.45\u00a0°C",
        "−0.5\u00a0°C",
    ]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(("zone", "said"), [("Africa/Bamako", "23:10"), ("Africa/Niamey", "00:10")])
def test_today_needs_no_date_and_today_is_the_sites_own(zone: str, said: str) -> None:
    assert f">{said}<" in saying.clock_time(NOW_MS - 20 * MINUTE_MS, ZoneInfo(zone), NOW_MS)


@pytest.mark.usefixtures("english")
def test_yesterday_has_its_date_in_niamey_while_it_is_still_today_in_bamako() -> None:
    before_midnight = NOW_MS - 40 * MINUTE_MS
    assert "22 Nov 23:50" in saying.clock_time(before_midnight, ZoneInfo("Africa/Niamey"), NOW_MS)
    assert ">22:50<" in saying.clock_time(before_midnight, ZoneInfo("Africa/Bamako"), NOW_MS)


@pytest.mark.usefixtures("english")
def test_another_year_is_said_with_its_year() -> None:
    assert "21 Nov 2025 23:30" in saying.clock_time(NOW_MS - 366 * 24 * HOUR_MS, ZoneInfo("Africa/Bamako"), NOW_MS)
