"""A site's offset: found where tests show one, left alone where they show nothing."""

import math
from random import Random

import pytest

from coldchain_judgement.milk.offset import LEAST_BATCHES, Labelled, effects, fit

SPOILED = 7.0


def clots_of(true: float, *, batches: int, likely: tuple[float, float], seed: int = 5) -> list[Labelled]:
    """Return clot-on-boiling tests of milk that begins so much dirtier than presumed; it clots from 10^7 on."""
    random = Random(seed)
    found = []
    for _ in range(batches):
        log10 = random.uniform(*likely)
        really = log10 + true + random.gauss(0, 0.5)
        clots = really >= SPOILED
        found.append(
            Labelled(log10_likely=log10, at_least=SPOILED if clots else None, at_most=None if clots else SPOILED)
        )
    return found


def test_fewer_than_twenty_batches_show_nothing() -> None:
    batches = clots_of(0.8, batches=LEAST_BATCHES, likely=(5.0, 8.0))
    assert fit(batches[1:]) is None
    assert fit(batches) is not None


@pytest.mark.parametrize("true", [-0.5, 0.0, 0.8])
def test_tests_of_milk_about_to_spoil_show_by_how_much_a_site_differs(true: float) -> None:
    offset = fit(clots_of(true, batches=80, likely=(5.5, 8.5)))
    assert offset is not None
    assert offset.log10 == pytest.approx(true, abs=0.3)
    assert offset.low - 0.15 < true < offset.high + 0.15
    assert offset.batches == 80


def test_tests_passed_by_milk_that_had_no_time_to_spoil_show_nothing() -> None:
    offset = fit(clots_of(0.0, batches=60, likely=(4.5, 5.0)))
    assert offset is not None
    assert abs(offset.log10) < 0.15
    assert offset.high - offset.low > 1.0


def test_plate_counts_show_it_more_exactly_than_tests_that_only_say_too_many() -> None:
    random = Random(3)
    counted = []
    for _ in range(40):
        log10 = random.uniform(5.0, 6.5)
        really = log10 + 0.7 + random.gauss(0, 0.5)
        counted.append(Labelled(log10_likely=log10, at_least=really, at_most=really))
    exact, rough = fit(counted), fit(clots_of(0.7, batches=40, likely=(5.0, 6.5)))
    assert exact is not None
    assert rough is not None
    assert exact.log10 == pytest.approx(0.7, abs=0.2)
    assert exact.high - exact.low < rough.high - rough.low


def test_one_wild_test_moves_next_to_nothing() -> None:
    usual = clots_of(0.0, batches=40, likely=(5.0, 8.0))
    wild = [*usual, Labelled(log10_likely=3.0, at_least=9.0)]
    before, after = fit(usual), fit(wild)
    assert before is not None
    assert after is not None
    assert abs(after.log10 - before.log10) < 0.35


def test_the_effect_of_an_offset_is_hours_less_for_a_dirtier_site() -> None:
    for dirtier, cleaner in zip(effects(0.5), effects(-0.5), strict=True):
        assert dirtier.after.earliest < dirtier.before.earliest < cleaner.after.earliest
    assert all(math.isfinite(one.before.likely) for one in effects(0.0))
    assert [one.after for one in effects(0.0)] == [one.before for one in effects(0.0)]
