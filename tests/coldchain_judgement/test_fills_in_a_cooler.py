"""Fills in coolers of plain physics: what is ordinary there raises no alarm, and what is not does, in time."""

from collections.abc import Callable
from importlib.resources import files

import pytest

from coldchain_contract.readings import Quality
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.limits import Level
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.verdicts import FINDINGS, Standing, Verdict, Why
from invented.cooled_milk import Cooler, readings

BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
HOUR_MS = 3_600_000
STRONG = Cooler(watts=350, fills=((6, 20), (18, 20)))
WEAK = Cooler(watts=100, fills=((7, 50),))
Found = list[tuple[float, Why, Level]]


def judged(cooler: Cooler, *, days: float, profile: str = "daily") -> tuple[Course, list[Verdict]]:
    """Return the course after so many days, and every verdict."""
    terms = Terms(profile=BUILTIN[profile], judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL)
    course = Course()
    said: list[Verdict] = []
    for at_ms, celsius in readings(cooler, days=days):
        course, verdicts = step(course, terms, at_ms=at_ms, celsius=celsius, quality=Quality.OK)
        said += verdicts
    return course, said


def alarms(said: list[Verdict]) -> Found:
    """Return (hour, why, level) of every breach that is no finding."""
    breaches = [one for one in said if one.standing is Standing.BREACH and one.why not in FINDINGS]
    return [(one.happened_ms / HOUR_MS, one.why, one.level) for one in breaches]


def between(start: float, end: float, *, then: float, usually: float = 1.0) -> Callable[[float], float]:
    """Return what is `then` between two hours, and otherwise `usually`."""
    return lambda hour: then if start <= hour < end else usually


@pytest.mark.parametrize(
    "cooler",
    [
        STRONG,
        WEAK,
        Cooler(watts=100, fills=((6, 20), (18, 20))),
        Cooler(watts=100, fills=((6, 20), (18, 50))),
        Cooler(watts=100, fills=((6, 50), (18, 50))),
        Cooler(watts=100, fills=((7, 50),), leak_w=2.0),
        Cooler(watts=200, fills=tuple((17 + can / 6, 5.0) for can in range(8))),
        Cooler(watts=350, fills=((6, 20), (18, 20)), noise=0.15),
    ],
    ids=[
        "strong",
        "weak, 50 litres",
        "weak, two fills",
        "weak, more at night",
        "far too weak",
        "leaky",
        "cans",
        "noisy",
    ],
)
def test_a_cooler_that_cools_its_fills_as_it_always_does_raises_no_alarm(cooler: Cooler) -> None:
    _, said = judged(cooler, days=7)
    assert alarms(said) == []


def test_neither_does_it_by_a_stricter_limit() -> None:
    for cooler in (STRONG, WEAK):
        assert alarms(judged(cooler, days=4, profile="non-daily")[1]) == []


def test_what_is_too_small_for_its_fills_is_one_finding_and_stays_one() -> None:
    course, said = judged(WEAK, days=10)
    findings = [(one.rule, one.standing, one.why) for one in said if one.rule == "too-small"]
    assert findings == [("too-small", Standing.FINE, Why.WITHIN), ("too-small", Standing.BREACH, Why.TOO_SMALL)]
    assert course.capacity.usual_s is not None
    assert 15 * 3600 < course.capacity.usual_s < 25 * 3600


def test_what_cools_its_fills_in_two_hours_is_not_too_small() -> None:
    course, said = judged(STRONG, days=6)
    assert [one.standing for one in said if one.rule == "too-small"] == [Standing.FINE]
    assert course.capacity.usual_s is not None
    assert course.capacity.usual_s < 2 * 3600


def test_a_compressor_that_dies_over_cold_milk_is_seen_before_the_milk_is_too_warm() -> None:
    _, said = judged(Cooler(watts=350, fills=STRONG.fills, strength=between(95, 999, then=0.0)), days=4.2)
    first, *later = alarms(said)
    assert first[1:] == (Why.WARMING, Level.WARNING)
    assert 95.5 < first[0] < 97
    assert [why for _, why, _ in later] == [Why.TOO_WARM]


def test_a_compressor_that_dies_while_a_fill_is_cooled_is_seen_within_two_hours_and_a_half() -> None:
    dead = Cooler(watts=100, fills=WEAK.fills, strength=between(96 + 12, 999, then=0.0))
    found = alarms(judged(dead, days=5)[1])
    assert {why for _, why, _ in found} == {Why.COOLS_SLOWLY}
    assert Level.CRITICAL in {level for _, _, level in found}
    assert 108 < found[0][0] <= 110.5


def test_milk_poured_into_a_cooler_that_does_not_run_is_seen_before_a_unit_is_known() -> None:
    dead = Cooler(watts=350, fills=((6, 20),), strength=between(5.9, 999, then=0.0))
    found = alarms(judged(dead, days=1)[1])
    assert found[0][1] is Why.COOLS_SLOWLY
    assert 7 < found[0][0] <= 7.9


def test_a_cooler_that_lost_half_of_its_gas_is_seen_by_how_slowly_it_cools() -> None:
    weakened = Cooler(watts=100, fills=WEAK.fills, strength=between(10 * 24 + 5, 999, then=0.4))
    found = alarms(judged(weakened, days=11)[1])
    assert Why.COOLS_SLOWLY in {why for _, why, _ in found}
    assert min(hour for hour, why, _ in found if why is Why.COOLS_SLOWLY) < 10 * 24 + 7 + 5


def test_far_more_milk_than_ever_in_a_cooler_that_cools_in_time_is_told_before_the_night_is_over() -> None:
    usual = list(readings(Cooler(watts=200, fills=((6, 15), (18, 15))), days=4.7))
    much = readings(Cooler(watts=200, fills=((6, 15), (18, 80))), days=5)
    trace = [*usual, *(one for one in much if one[0] > usual[-1][0])]
    course = Course()
    said: list[Verdict] = []
    terms = Terms(profile=BUILTIN["daily"], judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL)
    for at_ms, celsius in trace:
        course, verdicts = step(course, terms, at_ms=at_ms, celsius=celsius, quality=Quality.OK)
        said += verdicts
    found = alarms(said)
    assert {why for _, why, _ in found} == {Why.COOLS_SLOWLY}
    assert found[0][0] < 4 * 24 + 18 + 5.5


def test_gas_that_is_lost_day_by_day_is_told_while_the_unit_still_counts_as_one_that_cools_in_time() -> None:
    def fading(hour: float) -> float:
        return max(0.35, 1.0 - 0.08 * max(0.0, hour / 24 - 4))

    _, said = judged(Cooler(watts=350, fills=((6, 20),), strength=fading), days=14)
    found = alarms(said)
    assert found
    assert found[0][1] is Why.COOLS_SLOWLY
    assert [one for one in said if one.why is Why.TOO_SMALL] == []


def test_a_thermostat_that_keeps_milk_too_warm_is_seen_though_the_milk_had_come_warm() -> None:
    warm = Cooler(watts=350, fills=STRONG.fills, thermostat=between(96 + 6.5, 999, then=9.5, usually=4.0))
    found = alarms(judged(warm, days=5)[1])
    assert found[0][1] is Why.COOLS_SLOWLY
    assert 96 + 8 < found[0][0] < 96 + 10


def test_milk_that_freezes_is_seen_however_it_was_filled() -> None:
    cold = Cooler(watts=350, fills=STRONG.fills, thermostat=between(96, 999, then=-1.0, usually=4.0))
    assert {why for _, why, _ in alarms(judged(cold, days=5)[1])} == {Why.TOO_COLD}


def test_a_lid_left_open_on_cold_milk_for_a_while_is_no_alarm() -> None:
    opened = Cooler(watts=350, fills=STRONG.fills, leak=between(96 + 12, 96 + 13, then=6.0))
    assert alarms(judged(opened, days=5)[1]) == []


def test_milk_poured_to_cold_milk_is_a_blend_where_the_profile_knows_of_blends() -> None:
    found = alarms(judged(STRONG, days=2, profile="pmo")[1])
    assert [(round(hour), why) for hour, why, _ in found] == [(18, Why.BLEND_TOO_WARM), (42, Why.BLEND_TOO_WARM)]
