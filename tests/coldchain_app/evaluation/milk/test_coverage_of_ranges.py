"""Coverage is counted on milk of other laws: strangers grow as theirs say, and every condition does what it says."""

import math
from itertools import pairwise
from random import Random

import pytest

from coldchain_app.evaluation.milk.coverage import (
    CONDITIONS,
    Condition,
    covered,
    followed,
    gap,
    not_there_yet,
)
from coldchain_app.evaluation.milk.strangers import STEP_H, STEPS, familiar, kept, strange
from coldchain_judgement.milk.trace import HOUR_MS

READINGS = [(round(step * STEP_H * HOUR_MS), 5.0) for step in range(STEPS + 1)]


def test_the_same_seed_draws_the_same_day_and_milk() -> None:
    one, again = (strange(Random("a"), kept(Random("b")).celsius, 2.0) for _ in range(2))
    assert one == again
    assert len(one) == STEPS + 1


@pytest.mark.parametrize("grower", [familiar, strange])
def test_counts_of_any_milk_never_fall_and_grow_faster_where_it_is_warm(grower: object) -> None:
    assert callable(grower)
    for seed in range(20):
        cold, warm = (grower(Random(seed), [celsius] * 289, 0.0) for celsius in (4.0, 30.0))
        assert cold == sorted(cold)
        assert warm == sorted(warm)
        assert warm[-1] > cold[-1]
        assert max(warm) <= 9.1


def test_strange_milk_begins_about_where_it_is_presumed_to_and_stood_milk_later() -> None:
    fresh = sorted(strange(Random(seed), [4.0] * 2, 0.0)[0] for seed in range(200))
    stood = sorted(strange(Random(seed), [4.0] * 2, 6.0)[0] for seed in range(200))
    assert fresh[100] == pytest.approx(5.0, abs=0.15)
    assert stood[100] > 6.0


def test_a_gap_is_in_the_middle_and_what_is_not_there_yet_at_the_end() -> None:
    hours = [at_ms / HOUR_MS for at_ms, _ in gap(Random(1), READINGS)]
    assert hours[-1] == 24
    assert 2 <= max(after - before for before, after in pairwise(hours)) <= 6.2
    assert 18 <= not_there_yet(Random(1), READINGS)[-1][0] / HOUR_MS <= 22


def test_late_readings_once_they_came_leave_the_batch_as_if_they_had_been_there() -> None:
    day = kept(Random(3))
    readings = [(round(step * STEP_H * HOUR_MS), celsius) for step, celsius in enumerate(day.read)]
    waiting = followed(not_there_yet(Random(4), readings), told=True)
    assert followed(readings, told=True) == followed(list(readings), told=True)
    assert waiting.estimate.counts()[0] > followed(readings, told=True).estimate.counts()[2]


def test_the_models_own_milk_is_covered_as_stated_and_ranges_of_untold_age_are_wider() -> None:
    """Wide bounds: it is to see that counting works, not to say how good the model is; the page does."""
    easy = covered(CONDITIONS[0], batches=40)
    assert 0.55 <= easy.within <= 0.97
    assert easy.above + easy.within <= 1.0
    untold = covered(Condition(name="untold", grower=familiar, told=False), batches=10)
    assert untold.width > easy.width + 0.3
    assert not math.isnan(untold.over_cautious)
