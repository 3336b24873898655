"""What an alarm is worth: detected before the harm, late after it, false where nothing explains it."""

from coldchain_app.evaluation.evaluating import Result
from coldchain_app.evaluation.harm import Injury
from coldchain_app.evaluation.rulesets import HALF_AN_HOUR, NOW, Alarm, Plain
from coldchain_app.evaluation.scoring import Score, score
from coldchain_app.evaluation.summary import figures
from coldchain_app.evaluation.traces import Case, Heard, Subject, Trace
from coldchain_contract.readings import Quality

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
WEEK = [Heard(0, 4.0), Heard(7 * 24 * HOUR_MS, 4.0)]


def injury(*, from_h: float, harm_h: float | None, over_h: float, of: Subject = Subject.MILK) -> Injury:
    case = Case(
        kind="broken", from_ms=round(from_h * HOUR_MS), until_ms=round(over_h * HOUR_MS), explains=frozenset({of})
    )
    harm_ms = None if harm_h is None else round(harm_h * HOUR_MS)
    return Injury(case=case, harm_ms=harm_ms, over_ms=round(over_h * HOUR_MS))


def told(*hours: float, subject: Subject = Subject.MILK) -> list[Alarm]:
    return [Alarm(at_ms=round(hour * HOUR_MS), subject=subject, why="too-warm") for hour in hours]


def scored(injuries: list[Injury], alarms: list[Alarm]) -> Score:
    return score(Trace(unit="one", cooler="good", readings=WEEK), injuries, alarms)


def verdict(injuries: list[Injury], alarms: list[Alarm]) -> tuple[bool, bool, bool]:
    [found] = scored(injuries, alarms).findings
    return found.detected, found.late, found.missed


def test_an_alarm_before_the_harm_detects_one_after_it_is_late_and_none_is_a_miss() -> None:
    spoiling = [injury(from_h=10, harm_h=14, over_h=20)]
    assert verdict(spoiling, told(12)) == (True, False, False)
    assert verdict(spoiling, told(14)) == (True, False, False)
    assert verdict(spoiling, told(15)) == (False, True, False)
    assert verdict(spoiling, []) == (False, False, True)


def test_an_alarm_before_the_fault_detects_nothing_and_is_false() -> None:
    spoiling = [injury(from_h=10, harm_h=14, over_h=20)]
    assert verdict(spoiling, told(9)) == (False, False, True)
    assert [one.at_ms for one in scored(spoiling, told(9, 12)).false] == [9 * HOUR_MS]


def test_the_first_alarm_counts_and_further_ones_in_the_same_fault_are_not_false() -> None:
    found = scored([injury(from_h=10, harm_h=14, over_h=20)], told(12, 13, 19))
    assert found.false == ()
    assert found.findings[0].alarm_ms == 12 * HOUR_MS


def test_alarms_are_scored_in_order_of_time_whoever_told_them_first() -> None:
    found = scored([injury(from_h=10, harm_h=14, over_h=20)], [*told(15), *told(12)])
    assert found.findings[0].alarm_ms == 12 * HOUR_MS


def test_of_ten_times_to_detect_the_ninetieth_percentile_is_the_ninth() -> None:
    injuries = [injury(from_h=10 * number, harm_h=10 * number + 9, over_h=10 * number + 9) for number in range(1, 11)]
    alarms = told(*(10 * number + number / 2 for number in range(1, 11)))
    one = scored(injuries, alarms)
    found = figures(Result(ruleset="x", findings=one.findings, false=(), alarms=10, weeks=1.0))
    assert found.minutes_to_detect_p90 == 9 * 30
    assert found.minutes_to_detect_median == 5.5 * 30


def test_in_a_slight_fault_an_alarm_is_neither_false_nor_a_detection() -> None:
    found = scored([injury(from_h=10, harm_h=None, over_h=20)], told(12))
    assert found.false == ()
    assert (found.findings[0].detected, found.findings[0].missed) == (False, False)


def test_an_alarm_of_the_milk_while_only_its_probe_is_bad_is_false_and_one_of_the_probe_is_not() -> None:
    bad_probe = [injury(from_h=10, harm_h=None, over_h=20, of=Subject.PROBE)]
    assert [one.during for one in scored(bad_probe, told(12)).false] == ["broken"]
    assert scored(bad_probe, told(12, subject=Subject.PROBE)).false == ()


def test_the_figures_count_faults_false_alarms_a_week_and_minutes_from_the_beginning() -> None:
    injuries = [injury(from_h=10, harm_h=14, over_h=20), injury(from_h=40, harm_h=44, over_h=50)]
    one = scored(injuries, told(11, 30, 60, 61))
    found = figures(
        Result(ruleset="x", findings=one.findings, false=one.false, alarms=len(one.alarms), weeks=one.weeks)
    )
    assert (found.tally.spoiling, found.tally.detected, found.tally.missed) == (2, 1, 1)
    assert (found.false_alarms, found.false_a_unit_week) == (3, 3.0)
    assert (found.minutes_to_detect_median, found.minutes_to_detect_p90, found.hours_left_median) == (60, 60, 3)


def test_a_plain_threshold_tells_at_once_or_after_half_an_hour_and_again_only_after_it_was_cold() -> None:
    warm = [Heard(minute * MINUTE_MS, 9.0) for minute in range(10, 60)]
    readings = [Heard(0, 8.0), *warm, Heard(60 * MINUTE_MS, 7.8), *(_later(warm, 60))]
    assert _minutes(NOW, readings) == [10]
    assert _minutes(HALF_AN_HOUR, readings) == [40]
    cold = [Heard(0, 8.0), *warm, Heard(60 * MINUTE_MS, 7.5), *(_later(warm, 60))]
    assert _minutes(NOW, cold) == [10, 70]
    assert _minutes(HALF_AN_HOUR, cold) == [40, 100]


def test_one_good_value_begins_the_half_hour_anew_and_a_fault_does_not() -> None:
    warm = [Heard(minute * MINUTE_MS, 9.0) for minute in range(40)]
    broken = [*warm[:20], Heard(20 * MINUTE_MS, None, Quality.CRC), *warm[21:]]
    assert _minutes(HALF_AN_HOUR, broken) == [30]
    reset = [*warm[:20], Heard(20 * MINUTE_MS, 8.0), *warm[21:]]
    assert _minutes(HALF_AN_HOUR, reset) == []


def _later(readings: list[Heard], minutes: int) -> list[Heard]:
    return [Heard(one.at_ms + minutes * MINUTE_MS, one.celsius) for one in readings]


def _minutes(rules: Plain, readings: list[Heard]) -> list[int]:
    return [alarm.at_ms // MINUTE_MS for alarm in rules.alarms(readings)]
