"""Quality tests: slips of the pen are named, limits refuse, and no test says more than it can show."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.errors import BadTest
from coldchain_judgement.milk import events
from coldchain_judgement.milk.kinds import Look, QualityTest
from coldchain_judgement.milk.testing import SCALES, Bounds, bounds, entered, is_unusual

NUMBERS = st.sampled_from(list(SCALES))


def read(test: QualityTest, value: float, *, celsius: float | None = None) -> events.Tested:
    return entered(test, at_ms=0, value=value, celsius=celsius)


@pytest.mark.parametrize(
    ("test", "value", "failed", "unusual"),
    [
        (QualityTest.ACIDITY, 16, False, False),
        (QualityTest.ACIDITY, 19.5, False, True),
        (QualityTest.ACIDITY, 20, False, True),
        (QualityTest.ACIDITY, 21, True, False),
        (QualityTest.PH, 6.7, False, False),
        (QualityTest.PH, 6.95, False, True),
        (QualityTest.PH, 6.4, True, False),
        (QualityTest.METHYLENE_BLUE, 5, False, False),
        (QualityTest.METHYLENE_BLUE, 1, False, True),
        (QualityTest.METHYLENE_BLUE, 0.25, True, False),
        (QualityTest.DENSITY, 1.024, False, True),
        (QualityTest.TEMPERATURE, 14, False, True),
        (QualityTest.RESAZURIN, 0, True, False),
        (QualityTest.PLATE_COUNT, 3e6, True, False),
    ],
)
def test_a_number_says_by_its_limits_whether_milk_is_refused_or_to_be_looked_at_again(
    test: QualityTest, value: float, *, failed: bool, unusual: bool
) -> None:
    event = read(test, value)
    assert (event.failed, is_unusual(event)) == (failed, unusual)


@given(NUMBERS, st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_is_taken_within_its_range_or_refused_with_it(test: QualityTest, value: float) -> None:
    scale = SCALES[test]
    try:
        event = read(test, value)
    except BadTest as bad:
        assert scale.unit in str(bad)
        return
    assert event.value is not None
    assert scale.low <= event.value <= scale.high
    assert not (event.failed and is_unusual(event))


def test_acidity_in_per_cent_and_density_in_degrees_are_understood_and_corrected_to_twenty_degrees() -> None:
    assert read(QualityTest.ACIDITY, 0.17).value == pytest.approx(17)
    assert read(QualityTest.DENSITY, 30).value == pytest.approx(1.030)
    assert read(QualityTest.DENSITY, 29, celsius=25).value == pytest.approx(1.030)
    with pytest.raises(BadTest, match="10 to 30"):
        read(QualityTest.DENSITY, 29, celsius=35)


def test_alcohol_is_of_sixty_to_eighty_per_cent_and_weaker_than_usual_shows_less() -> None:
    usual = entered(QualityTest.ALCOHOL, at_ms=0)
    assert (usual.percent, is_unusual(usual)) == (68.0, False)
    assert is_unusual(entered(QualityTest.ALCOHOL, at_ms=0, percent=62))
    assert not is_unusual(entered(QualityTest.ALCOHOL, at_ms=0, percent=62, failed=True))
    with pytest.raises(BadTest, match="60 to 80"):
        entered(QualityTest.ALCOHOL, at_ms=0, percent=40)


def test_whatever_looks_or_smells_wrong_refuses_the_milk() -> None:
    for look in Look:
        assert entered(QualityTest.LOOK_AND_SMELL, at_ms=0, look=look).failed
    assert not entered(QualityTest.LOOK_AND_SMELL, at_ms=0).failed


def test_what_was_told_before_tests_had_kinds_is_still_read() -> None:
    old = b'{"type":"tested","at_ms":5,"test":"some strip","failed":true}'
    assert msgspec.json.decode(old, type=events.Event) == events.Tested(at_ms=5, test=QualityTest.OTHER, failed=True)
    cob = b'{"type":"tested","at_ms":5,"test":"cob","failed":false}'
    assert msgspec.json.decode(cob, type=events.Event) == events.Tested(
        at_ms=5, test=QualityTest.CLOT_ON_BOILING, failed=False
    )


@given(st.sampled_from(list(QualityTest)), st.booleans(), st.sampled_from([None, *Look]))
def test_only_a_count_says_that_there_are_few_bacteria(test: QualityTest, failed: bool, look: Look | None) -> None:
    if test in SCALES:
        return
    said = bounds(entered(test, at_ms=0, failed=failed, look=look))
    assert said is None or said.at_most is None or said.at_most >= 7.5


def test_what_a_test_says_of_a_count() -> None:
    assert bounds(read(QualityTest.PLATE_COUNT, 1e5)) == Bounds(at_least=5.0, at_most=5.0)
    assert bounds(read(QualityTest.ACIDITY, 30)) == Bounds(at_least=7.0)
    assert bounds(read(QualityTest.METHYLENE_BLUE, 0.3)) == Bounds(at_least=7.0)
    assert bounds(read(QualityTest.METHYLENE_BLUE, 2)) is None
    assert bounds(read(QualityTest.FAT, 4)) is None
    assert bounds(entered(QualityTest.LOOK_AND_SMELL, at_ms=0, look=Look.DIRT)) is None
    assert bounds(entered(QualityTest.LOOK_AND_SMELL, at_ms=0, look=Look.CLOTS)) == Bounds(at_least=7.0)
