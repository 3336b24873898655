"""What may be gone by of a site's tests: found where it is, nothing from fresh milk, longer times never by a pass."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.milk.learning import MOST_CLEANER, MOST_DIRTIER, learnt, together
from coldchain_judgement.milk.offset import LEAST_BATCHES, Labelled
from coldchain_judgement.milk.testing import SOURED_LOG10, SPOILED_LOG10

CLOTS_FROM = 7.5


def clots(true: float, *, batches: int, likely: tuple[float, float], seed: int) -> list[Labelled]:
    """Return clot-on-boiling tests of milk that begins so much dirtier than presumed."""
    random, found = Random(seed), []
    for _ in range(batches):
        log10 = random.uniform(*likely)
        if log10 + true + random.gauss(0, 0.5) >= CLOTS_FROM:
            found.append(Labelled(log10_likely=log10, at_least=SPOILED_LOG10))
        else:
            found.append(Labelled(log10_likely=log10, at_most=SOURED_LOG10))
    return found


def plates(true: float, *, batches: int = 25, seed: int = 3) -> list[Labelled]:
    random = Random(seed)
    likely = [random.uniform(5.0, 6.5) for _ in range(batches)]
    counts = [log10 + true + random.gauss(0, 0.5) for log10 in likely]
    return [Labelled(log10_likely=a, at_least=b, at_most=b) for a, b in zip(likely, counts, strict=True)]


def test_dirtier_milk_is_found_within_its_interval_and_lifts_the_day() -> None:
    found = [learnt(clots(0.7, batches=60, likely=(5.0, 7.0), seed=seed)) for seed in range(10)]
    assert sum(one is not None and one.low <= 0.7 <= one.high for one in found) >= 7
    assert all(one is not None and one.tested and 0.3 < one.log10 < 1.0 for one in found)


def test_fresh_milk_that_passed_teaches_nothing_and_lifts_nothing_however_often() -> None:
    for batches in (LEAST_BATCHES, 300):
        found = learnt(clots(0.0, batches=batches, likely=(4.5, 5.0), seed=1))
        assert found is not None
        assert (found.log10, found.tested) == (0.0, False)


def test_fewer_than_twenty_batches_teach_nothing() -> None:
    assert learnt(plates(0.7, batches=LEAST_BATCHES - 1)) is None


def test_milk_that_begins_cleaner_is_shown_by_counted_plates_alone_and_gone_by_with_care() -> None:
    passed = learnt(clots(-1.0, batches=80, likely=(6.0, 8.5), seed=2))
    assert passed is not None
    assert passed.high < 0.0
    assert passed.log10 == 0.0
    counted = learnt(plates(-0.4))
    assert counted is not None
    assert counted.log10 == counted.high
    assert MOST_CLEANER <= counted.log10 < 0.0
    clean = learnt(plates(-1.4))
    assert clean is not None
    assert clean.log10 == MOST_CLEANER


def test_no_site_begins_dirtier_than_was_ever_counted() -> None:
    found = learnt(plates(2.6))
    assert found is not None
    assert found.log10 == MOST_DIRTIER


@given(st.lists(st.floats(4.0, 9.0), max_size=30), st.integers(0, 40), st.integers(0, 9))
def test_a_pass_more_never_has_milk_begin_cleaner_than_presumed(likely: list[float], passes: int, seed: int) -> None:
    before = learnt(clots(0.5, batches=25, likely=(5.0, 8.0), seed=seed))
    more = [Labelled(log10_likely=one, at_most=SOURED_LOG10) for one in [*likely, *[8.0] * passes]]
    after = learnt([*clots(0.5, batches=25, likely=(5.0, 8.0), seed=seed), *more])
    assert before is not None
    assert after is not None
    assert 0.0 <= after.log10 <= before.log10


def one(likely: float, least: float | None = None, most: float | None = None) -> Labelled:
    return Labelled(log10_likely=likely, at_least=least, at_most=most)


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ([], None),
        ([one(5.0, most=8.0), one(6.0, least=7.0)], one(6.0, least=7.0, most=9.0)),
        ([one(7.5, most=8.0), one(6.0, least=7.0)], one(6.0, least=7.0)),
        ([one(5.5, 6.0, 6.0), one(6.5, most=8.0)], one(5.5, 6.0, 6.0)),
    ],
    ids=["none", "both bounds, of what began", "a failed one counts against a passed one", "a plate says it alone"],
)
def test_the_tests_of_one_batch_count_once(tests: list[Labelled], said: Labelled | None) -> None:
    assert together(tests) == said
