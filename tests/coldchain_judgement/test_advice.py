"""What people are told to do."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.advice import Action, Advice, When, advise, part_of_day
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import FINDINGS, Why

MORNING, NOON, NIGHT = time(7), time(12), time(22)
_anything = {
    "why": st.sampled_from(Why),
    "level": st.sampled_from(Level),
    "hot": st.booleans(),
    "local": st.times(),
}


def test_critically_warm_milk_is_kept_closed_and_tested_before_midday() -> None:
    advice = advise(Why.TOO_WARM, Level.CRITICAL, hot=False, local=MORNING, in_curfew=False)
    assert advice == Advice(action=Action.KEEP_CLOSED_AND_TEST, when=When.BEFORE_MIDDAY)


def test_a_warm_warning_only_asks_to_keep_the_unit_closed() -> None:
    advice = advise(Why.TOO_WARM, Level.WARNING, hot=False, local=NOON, in_curfew=False)
    assert advice == Advice(action=Action.KEEP_CLOSED, when=When.NOW)


def test_silence_asks_to_see_whether_there_is_power() -> None:
    advice = advise(Why.SILENT, Level.WARNING, hot=False, local=NOON, in_curfew=False)
    assert advice == Advice(action=Action.SEE_POWER, when=When.BEFORE_EVENING)


def test_a_pasteuriser_that_is_too_cold_did_not_heat_its_milk() -> None:
    advice = advise(Why.TOO_COLD, Level.CRITICAL, hot=True, local=NOON, in_curfew=False)
    assert advice.action is Action.NOT_HEATED


def test_a_cooler_that_is_too_cold_is_set_less_cold() -> None:
    advice = advise(Why.TOO_COLD, Level.CRITICAL, hot=False, local=NOON, in_curfew=False)
    assert advice.action is Action.LESS_COLD


def test_inside_the_curfew_nobody_is_sent_to_look_for_power() -> None:
    advice = advise(Why.SILENT, Level.CRITICAL, hot=False, local=NIGHT, in_curfew=True)
    assert advice == Advice(action=Action.WAIT, when=When.IN_THE_MORNING, stay_inside=True)


def test_what_is_well_asks_for_nothing() -> None:
    for why in (Why.WITHIN, Why.HEARD_AGAIN, Why.PROBE_MENDED):
        assert advise(why, Level.CRITICAL, hot=False, local=NOON, in_curfew=False).action is Action.NOTHING


@given(**_anything)
def test_inside_the_curfew_everything_is_done_at_home(why: Why, level: Level, hot: bool, local: time) -> None:
    advice = advise(why, level, hot=hot, local=local, in_curfew=True)
    assert advice.stay_inside
    assert advice.action not in (Action.SEE_POWER, Action.CALL_TECHNICIAN, Action.LESS_COLD, Action.LESS_HEAT)
    assert advice.when in (When.NOW, When.IN_THE_MORNING)


@given(**_anything)
def test_outside_the_curfew_nobody_is_told_to_stay_in_or_to_wait(
    why: Why, level: Level, hot: bool, local: time
) -> None:
    advice = advise(why, level, hot=hot, local=local, in_curfew=False)
    assert not advice.stay_inside
    assert advice.action is not Action.WAIT


def test_a_breach_always_asks_for_something() -> None:
    calm = {Why.WITHIN, Why.HEARD_AGAIN, Why.PROBE_MENDED, Why.WITHDRAWN}
    for why in set(Why) - calm - FINDINGS - {Why.CHANNEL_DEAD}:
        for level in Level:
            for hot in (False, True):
                advice = advise(why, level, hot=hot, local=NOON, in_curfew=False)
                assert advice.action is not Action.NOTHING, (why, level, hot)


def test_a_finding_and_a_dead_channel_ask_nothing_of_a_cooperative() -> None:
    for why in FINDINGS | {Why.CHANNEL_DEAD}:
        assert advise(why, Level.WARNING, hot=False, local=NOON, in_curfew=False).action is Action.NOTHING


@pytest.mark.parametrize(
    ("why", "level", "action"),
    [
        (Why.WARM_TOO_LONG, Level.WARNING, Action.KEEP_CLOSED_AND_TEST),
        (Why.WARM_TOO_LONG, Level.CRITICAL, Action.KEEP_CLOSED_AND_TEST),
        (Why.COOLS_SLOWLY, Level.WARNING, Action.KEEP_CLOSED),
        (Why.COOLS_SLOWLY, Level.CRITICAL, Action.KEEP_CLOSED_AND_TEST),
        (Why.BLEND_TOO_WARM, Level.WARNING, Action.KEEP_CLOSED),
        (Why.BLEND_TOO_WARM, Level.CRITICAL, Action.KEEP_CLOSED_AND_TEST),
        (Why.WARMING, Level.WARNING, Action.SEE_POWER),
        (Why.WARMING, Level.CRITICAL, Action.SEE_POWER),
        (Why.POWER_LOST, Level.WARNING, Action.KEEP_CLOSED),
        (Why.POWER_LOST, Level.CRITICAL, Action.KEEP_CLOSED_AND_TEST),
        (Why.OUTAGE, Level.CRITICAL, Action.KEEP_CLOSED),
        (Why.SITE_SILENT, Level.CRITICAL, Action.SEE_POWER),
        (Why.JUMP, Level.WARNING, Action.CALL_TECHNICIAN),
        (Why.STUCK, Level.CRITICAL, Action.CALL_TECHNICIAN),
        (Why.TOO_COLD, Level.WARNING, Action.LESS_COLD),
        (Why.SILENT, Level.CRITICAL, Action.SEE_POWER),
        (Why.PROBE_FAULT, Level.WARNING, Action.CALL_TECHNICIAN),
        (Why.PROBE_FAULT, Level.CRITICAL, Action.CALL_TECHNICIAN),
    ],
)
def test_each_reason_asks_for_this(why: Why, level: Level, action: Action) -> None:
    assert advise(why, level, hot=False, local=NOON, in_curfew=False).action is action


def test_milk_that_gets_warmer_is_kept_closed_where_nobody_may_go_and_look() -> None:
    for level in Level:
        advice = advise(Why.WARMING, level, hot=False, local=NIGHT, in_curfew=True)
        assert advice == Advice(action=Action.KEEP_CLOSED, when=When.NOW, stay_inside=True)


def test_the_day_ends_at_midday_in_the_evening_and_in_the_morning() -> None:
    assert part_of_day(time(5)) is When.BEFORE_MIDDAY
    assert part_of_day(time(10, 59)) is When.BEFORE_MIDDAY
    assert part_of_day(time(11)) is When.BEFORE_EVENING
    assert part_of_day(time(16)) is When.IN_THE_MORNING


def test_where_nothing_measures_by_itself_silence_asks_to_measure_and_not_to_look_at_a_box() -> None:
    advice = advise(Why.SILENT, Level.WARNING, hot=False, local=NOON, in_curfew=False, by_hand=True)
    assert advice == Advice(action=Action.MEASURE, when=When.BEFORE_EVENING)
    warm = advise(Why.TOO_WARM, Level.CRITICAL, hot=False, local=NOON, in_curfew=False, by_hand=True)
    assert warm.action is Action.KEEP_CLOSED_AND_TEST


def test_inside_a_curfew_nobody_is_sent_to_measure() -> None:
    advice = advise(Why.SILENT, Level.WARNING, hot=False, local=NIGHT, in_curfew=True, by_hand=True)
    assert advice == Advice(action=Action.WAIT, when=When.IN_THE_MORNING, stay_inside=True)
