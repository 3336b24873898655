"""Our rules among the rivals: one alarm a subject, by whichever rule finds it first, and silence."""

import pytest

from coldchain_app.evaluation.ours import Ours
from coldchain_app.evaluation.traces import Heard
from coldchain_contract.readings import Quality
from coldchain_server.fleet.load import builtin_profiles

MINUTE_MS = 60_000
OURS = Ours(profile=builtin_profiles()["daily"])


def minutes(span: range, celsius: float | None) -> list[Heard]:
    quality = Quality.OK if celsius is not None else Quality.EMPTY
    return [Heard(minute * MINUTE_MS, celsius, quality) for minute in span]


def alarms(*readings: list[Heard]) -> list[tuple[int, str]]:
    told = OURS.alarms([one for part in readings for one in part])
    return [(alarm.at_ms // MINUTE_MS, alarm.subject.value) for alarm in told]


def test_cold_milk_is_no_alarm() -> None:
    assert alarms(minutes(range(2880), 4.0)) == []


def test_milk_at_minus_two_is_one_alarm_of_the_milk_though_two_limits_find_it() -> None:
    told = alarms(minutes(range(600), 4.0), minutes(range(600, 900), -2.0))
    assert [subject for _, subject in told] == ["milk"]
    assert 600 < told[0][0] <= 660


def test_a_probe_that_gives_no_value_is_an_alarm_of_the_probe_and_not_of_the_milk() -> None:
    assert alarms(minutes(range(60), 4.0), minutes(range(60, 120), None)) == [(70, "probe")]


@pytest.mark.parametrize(("back", "told"), [(90, []), (91, [(89, "silence")]), (500, [(89, "silence")])])
def test_silence_is_an_alarm_when_it_is_full_however_long_it_lasts(back: int, told: list[tuple[int, str]]) -> None:
    assert alarms(minutes(range(60), 4.0), minutes(range(back - 1, back + 60), 4.0)) == told


def test_the_second_silence_is_told_too() -> None:
    parts = (minutes(range(start, start + 10), 4.0) for start in (0, 60, 120))
    assert alarms(*parts) == [(39, "silence"), (99, "silence")]
