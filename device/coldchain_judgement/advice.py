"""What people are told to do about a verdict: an action and a part of the day, never a text and never "safe"."""

import enum
from datetime import time

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why

_MORNING_ENDS = time(11)
_AFTERNOON_ENDS = time(16)


class Action(enum.Enum):
    """What to do. Every page and message in every language has one text for each, and no others."""

    NOTHING = "nothing"  # nothing to do now; says nothing of the milk
    KEEP_CLOSED = "keep-closed"
    KEEP_CLOSED_AND_TEST = "keep-closed-and-test"  # the milk is tested before any of it is sold
    LESS_COLD = "less-cold"  # turn the thermostat towards less cold: the milk may freeze
    NOT_HEATED = "not-heated"  # the heat was not reached: what is in it counts as raw
    LESS_HEAT = "less-heat"
    SEE_POWER = "see-power"  # nothing is heard: see whether there is power and what the box's light shows
    MEASURE = "measure"  # nobody told what a thermometer shows: read it and tell
    CALL_TECHNICIAN = "call-technician"  # the probe does not measure: keep closed, test, tell the technician
    SELL = "sell"  # by a part of the day
    BOIL_OR_FERMENT = "boil-or-ferment"  # now; only while the cautious estimate is under 10^6 a ml
    TEST_BEFORE_SELLING = "test-before-selling"  # nobody can say: untested it is not for selling, drinking or children
    NOT_FOR_DRINKING = "not-for-drinking"  # nor for selling, nor for children
    WAIT = "wait"  # inside a curfew, where the action would need somebody to go to the unit


class When(enum.Enum):
    """By when, as a part of the site's local day."""

    NOW = "now"
    BEFORE_MIDDAY = "before-midday"
    BEFORE_EVENING = "before-evening"
    IN_THE_MORNING = "in-the-morning"


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, by when. Where `stay_inside` is set, whatever is said ends with "do not go out"."""

    action: Action
    when: When
    stay_inside: bool = False


_ACTIONS = {
    (Why.TOO_WARM, Level.WARNING): Action.KEEP_CLOSED,
    (Why.TOO_WARM, Level.CRITICAL): Action.KEEP_CLOSED_AND_TEST,
    (Why.TOO_COLD, Level.WARNING): Action.LESS_COLD,
    (Why.TOO_COLD, Level.CRITICAL): Action.LESS_COLD,
    (Why.SILENT, Level.WARNING): Action.SEE_POWER,
    (Why.SILENT, Level.CRITICAL): Action.SEE_POWER,
    (Why.PROBE_FAULT, Level.WARNING): Action.CALL_TECHNICIAN,
    (Why.PROBE_FAULT, Level.CRITICAL): Action.CALL_TECHNICIAN,
    (Why.WARM_TOO_LONG, Level.WARNING): Action.KEEP_CLOSED_AND_TEST,
    (Why.WARM_TOO_LONG, Level.CRITICAL): Action.KEEP_CLOSED_AND_TEST,
    (Why.COOLS_SLOWLY, Level.WARNING): Action.KEEP_CLOSED,
    (Why.COOLS_SLOWLY, Level.CRITICAL): Action.KEEP_CLOSED_AND_TEST,
    (Why.BLEND_TOO_WARM, Level.WARNING): Action.KEEP_CLOSED,
    (Why.BLEND_TOO_WARM, Level.CRITICAL): Action.KEEP_CLOSED_AND_TEST,
    (Why.WARMING, Level.WARNING): Action.SEE_POWER,
    (Why.WARMING, Level.CRITICAL): Action.SEE_POWER,
    (Why.POWER_LOST, Level.WARNING): Action.KEEP_CLOSED,
    (Why.POWER_LOST, Level.CRITICAL): Action.KEEP_CLOSED_AND_TEST,
    (Why.OUTAGE, Level.WARNING): Action.KEEP_CLOSED,
    (Why.OUTAGE, Level.CRITICAL): Action.KEEP_CLOSED,
    (Why.SITE_SILENT, Level.WARNING): Action.SEE_POWER,
    (Why.SITE_SILENT, Level.CRITICAL): Action.SEE_POWER,
    (Why.JUMP, Level.WARNING): Action.CALL_TECHNICIAN,
    (Why.JUMP, Level.CRITICAL): Action.CALL_TECHNICIAN,
    (Why.STUCK, Level.WARNING): Action.CALL_TECHNICIAN,
    (Why.STUCK, Level.CRITICAL): Action.CALL_TECHNICIAN,
    (Why.TIME_LEFT, Level.WARNING): Action.TEST_BEFORE_SELLING,
    (Why.TIME_LEFT, Level.CRITICAL): Action.NOT_FOR_DRINKING,
}
_HOT_ACTIONS = {Why.TOO_WARM: Action.LESS_HEAT, Why.TOO_COLD: Action.NOT_HEATED}
_INSTEAD_AT_HOME = {Why.WARMING: Action.KEEP_CLOSED}
_AT_HOME = {
    Action.NOTHING,
    Action.KEEP_CLOSED,
    Action.KEEP_CLOSED_AND_TEST,
    Action.NOT_HEATED,
    Action.BOIL_OR_FERMENT,
    Action.TEST_BEFORE_SELLING,
    Action.NOT_FOR_DRINKING,
}
_HAS_A_DEADLINE = {Action.KEEP_CLOSED_AND_TEST, Action.SEE_POWER, Action.MEASURE, Action.CALL_TECHNICIAN}


def advise(why: Why, level: Level, *, hot: bool, local: time, in_curfew: bool, by_hand: bool = False) -> Advice:
    """Return what to do about a verdict at `local`, the site's own time of day.

    `hot` is a unit that heats milk (a pasteuriser), `by_hand` one where nothing measures by itself. Without a model of
    the milk nothing here offers boiling or fermenting, and nobody is asked to taste. Inside a curfew only what can be
    done at home is offered.
    """
    action = _HOT_ACTIONS.get(why) if hot else None
    action = action or _ACTIONS.get((why, level), Action.NOTHING)
    if by_hand and why is Why.SILENT:
        action = Action.MEASURE
    if in_curfew:
        action = _INSTEAD_AT_HOME.get(why, action)
        return Advice(
            action=action if action in _AT_HOME else Action.WAIT,
            when=When.NOW if action not in _HAS_A_DEADLINE else When.IN_THE_MORNING,
            stay_inside=True,
        )
    return Advice(action=action, when=part_of_day(local) if action in _HAS_A_DEADLINE else When.NOW)


def part_of_day(local: time) -> When:
    """Return the end of the part of the day that `local` lies in, as people say it."""
    if local < _MORNING_ENDS:
        return When.BEFORE_MIDDAY
    if local < _AFTERNOON_ENDS:
        return When.BEFORE_EVENING
    return When.IN_THE_MORNING
