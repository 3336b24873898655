"""How fast a unit warms without power, learnt from its own failures, and from nothing else."""

import math
from importlib.resources import files
from random import Random

import pytest

from coldchain_contract.readings import Quality
from coldchain_judgement.capacity import WARMINGS_KEPT, Capacity, learnt, warmed
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules.fill import Fill

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PROFILE = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))["daily"]
TERMS = Terms(profile=PROFILE, judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL, milk=MilkTerms())
AROUND = MilkTerms().around_celsius


def days(*outages_h: float, in_h: float, around: float = AROUND) -> list[float]:
    """Return a value a minute of days that begin with seven cold hours; then the power is out for so long, by night."""
    values: list[float] = []
    for outage_h in outages_h:
        values += [4.0 + 0.6 * math.sin(minute / 9) for minute in range(7 * 60)]
        values += [around - (around - 4.0) * math.exp(-minute / 60 / in_h) for minute in range(round(outage_h * 60))]
        values += [max(4.0, values[-1] - minute / 30) for minute in range(12 * 60)]
    return values


def capacity_after(values: list[float]) -> Capacity:
    course, random = Course(), Random(4)
    for minute, value in enumerate(values):
        probed = round((value + random.gauss(0, 0.03)) * 16) / 16
        course, _ = step(course, TERMS, at_ms=minute * MINUTE_MS, celsius=probed, quality=Quality.OK)
    return course.capacity


@pytest.mark.parametrize("in_h", [8.0, 18.7, 40.0])
def test_three_outages_teach_how_fast_a_unit_warms(in_h: float) -> None:
    taught = capacity_after(days(5, 6, 4, in_h=in_h))
    assert taught.warms_in_h == pytest.approx(in_h, rel=0.2)


def test_two_outages_and_a_compressor_that_swings_teach_nothing() -> None:
    assert capacity_after(days(5, 6, in_h=18.7)).warms_in_h is None
    assert capacity_after([4.0 + 1.5 * math.sin(minute / 40) for minute in range(3 * 24 * 60)]).warmed_h == ()


def test_a_unit_in_a_cooler_place_seems_slower_and_so_it_is() -> None:
    taught = capacity_after(days(5, 6, 4, in_h=18.7, around=25.0)).warms_in_h
    assert taught is not None
    assert taught > 25


def test_one_lid_that_stood_open_does_not_change_what_was_learnt() -> None:
    known = Capacity(warmed_h=(18.0, 19.0, 4.0))
    assert known.warms_in_h == 18.0


def test_what_no_milk_left_alone_does_is_not_learnt_and_the_last_eight_are_remembered() -> None:
    capacity = Capacity()
    assert warmed(capacity, (0, 4.0), (HOUR_MS, 20.0), around=AROUND) == capacity
    assert warmed(capacity, (0, 4.0), (20 * HOUR_MS, 5.0), around=AROUND) == capacity
    assert warmed(capacity, (0, 4.0), (HOUR_MS, 41.0), around=AROUND) == capacity
    for _ in range(20):
        capacity = warmed(capacity, (0, 4.0), (HOUR_MS, 6.0), around=AROUND)
    assert len(capacity.warmed_h) == WARMINGS_KEPT


def test_a_fill_that_teaches_how_a_unit_cools_leaves_how_it_warms() -> None:
    fill = Fill(begun_ms=0, from_celsius=4.0, poured_ms=0, peak=20.0, mark=(0, 20.0), cold_ms=2 * HOUR_MS)
    assert learnt(Capacity(warmed_h=(18.0,)), fill, until_ms=2 * HOUR_MS).warmed_h == (18.0,)
