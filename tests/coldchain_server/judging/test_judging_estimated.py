"""Readings whose time is not known yet: they alarm like any other, and give way to the same ones once dated."""

from coldchain_contract.readings import Quality
from invented.watched import MILK, MINUTE_MS, START_MS, WARM_FROM_5_TO_30, Watched

SECOND = 1 / 60


def test_milk_that_is_warm_is_said_though_the_device_does_not_know_the_time(watched: Watched) -> None:
    for minute in range(45):
        watched.at(minute)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0), estimated=True)
        watched.judge()
    assert watched.said() == WARM_FROM_5_TO_30
    assert watched.latest()["milk"].estimated


def test_the_same_readings_dated_afterwards_say_nothing_twice(watched: Watched) -> None:
    taken = [(MILK, minute - 2 * SECOND, 9.0) for minute in range(12)]
    for _, minute, celsius in taken:
        watched.at(minute + 2 * SECOND)
        watched.send((MILK, minute + 2 * SECOND, celsius), estimated=True)
        watched.judge()
    said = watched.said()
    assert [line for line in said if "breach" in line]
    watched.at(11 + 5 * SECOND)
    watched.send(*taken)
    watched.judge()
    assert watched.said() == said
    latest = watched.latest()["milk"]
    assert (latest.at_ms, latest.estimated) == (START_MS + 11 * MINUTE_MS - 2000, False)


def test_judging_goes_on_where_the_estimates_ended(watched: Watched) -> None:
    watched.at(0)
    watched.send((MILK, 0, 9.0), estimated=True)
    watched.judge()
    watched.minutes(range(1, 12), 9.0)
    (line,) = [line for line in watched.said() if "beyond:warm breach" in line]
    assert "0→10" in line


def test_what_is_dated_long_before_an_estimate_is_no_news(watched: Watched) -> None:
    watched.at(60)
    watched.send((MILK, 60, 9.0), estimated=True)
    watched.send((MILK, 50, 4.0))
    watched.judge()
    latest = watched.latest()["milk"]
    assert (latest.value, latest.ok_value, latest.estimated) == (9.0, 9.0, True)


def test_a_fault_without_a_time_leaves_the_last_good_value_alone(watched: Watched) -> None:
    watched.minutes(range(2), 4.0)
    watched.at(2)
    watched.send((MILK, 2, Quality.GONE), estimated=True)
    watched.judge()
    latest = watched.latest()["milk"]
    assert (latest.quality, latest.estimated, latest.ok_at_ms) == ("gone", True, START_MS + MINUTE_MS)
