"""A course across a gap: nothing is put together, timed or waited for over what nobody measured."""

from importlib.resources import files

import msgspec
import pytest

from coldchain_contract.readings import Quality
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.limits import Blend, Level
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules import blend, too_small
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
GAP_S = 1800
BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
TERMS = Terms(profile=BUILTIN["daily"], judged=True, longest_gap_s=GAP_S, blind_level=Level.CRITICAL)
BLENDED = Blend(
    celsius=10.0, inclusive=True, for_s=600, clear_celsius=9.5, clear_for_s=600, level=Level.WARNING, source="the test"
)


class Followed:
    """A course that is told a value a minute, and what it said."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.terms, self.course, self.at_ms = terms, Course(), 0
        self.said: list[Verdict] = []

    def takes(self, *celsius: float, after_ms: int = MINUTE_MS) -> "Followed":
        """Go on with these values, the first so long after the last, the others a minute apart."""
        for one in celsius:
            self.at_ms, after_ms = self.at_ms + after_ms, MINUTE_MS
            self.course, said = step(self.course, self.terms, at_ms=self.at_ms, celsius=one, quality=Quality.OK)
            self.said += said
        return self

    def breaches(self) -> list[Verdict]:
        return [one for one in self.said if one.standing is Standing.BREACH]


@pytest.mark.parametrize(("after_ms", "hidden_min"), [(GAP_S * 1000, 30), (GAP_S * 1000 + 1, 0)])
def test_as_long_as_a_gap_is_measured_and_longer_is_not(after_ms: int, hidden_min: int) -> None:
    warm = Followed().takes(*[12.0] * 60).takes(12.0, 12.0, after_ms=after_ms)
    assert sum(ms for _, ms in warm.course.cumulative["warm"].warm) == (59 + hidden_min + 1) * MINUTE_MS


def test_the_curve_begins_anew_after_a_gap() -> None:
    later = Followed().takes(*[4.0] * 60).takes(4.0, after_ms=GAP_S * 1000 + 1)
    assert [at_ms for at_ms, _ in later.course.curve.points] == [later.at_ms]


def test_no_step_of_a_fill_is_timed_across_a_gap() -> None:
    poured = Followed().takes(*[4.0] * 10, *[30.0] * 30).takes(*[28.0] * 5, after_ms=4 * 3_600_000)
    fill = poured.course.fill
    assert fill is not None
    assert fill.open
    assert max(fill.slowest_s) < 3600


def test_a_blend_that_may_have_been_warm_again_is_cold_from_the_first_value_after_the_gap_on() -> None:
    terms = msgspec.structs.replace(TERMS, profile=msgspec.structs.replace(BUILTIN["daily"], blend=BLENDED))
    warm = Followed(terms).takes(*[4.0] * 10, *[12.0] * 20, *[9.0] * 8)
    assert warm.course.standings[blend.NAME] is Standing.BREACH
    again = warm.takes(*[9.0] * 10, after_ms=GAP_S * 1000 + 1)
    assert again.course.standings[blend.NAME] is Standing.BREACH
    assert again.takes(9.0).course.standings[blend.NAME] is Standing.FINE


def test_milk_that_was_poured_in_and_gets_warmer_is_a_fill_that_is_not_cooled_and_no_trend() -> None:
    rested = Followed().takes(*[4.0] * 7 * 60)
    poured = rested.takes(*[11.0] * 5, *(11.0 + minute / 60 for minute in range(200)))
    assert Why.COOLS_SLOWLY in [one.why for one in poured.breaches()]
    assert Why.WARMING not in [one.why for one in poured.breaches()]


def of_everything() -> Followed:
    """A unit in which every rule of a profile that has all of them finds something."""
    terms = msgspec.structs.replace(TERMS, profile=msgspec.structs.replace(BUILTIN["daily"], blend=BLENDED))
    unit = Followed(terms).takes(*[4.0] * 7 * 60)
    unit.takes(*(4.0 + minute / 60 for minute in range(7 * 60)), *[4.0] * 60)
    for _ in range(5):
        unit.takes(*[12.0] * 20, *(12.0 - minute / 200 for minute in range(800)), *[4.0] * 10)
    return unit.takes(*[-1.0] * 90)


def test_everything_that_is_found_names_the_limits_it_was_judged_by() -> None:
    found = of_everything()
    rules = {one.rule for one in found.breaches()}
    assert {"beyond:high", "beyond:freezing", "trend", "blend", "too-small"} <= rules
    limited = [one for one in found.said if one.rule not in ("fault", "jump", "gap")]
    assert {one.evidence.profile for one in limited} == {"daily"}


def test_what_a_unit_learns_of_its_fills_stays_with_it() -> None:
    found = of_everything()
    assert len(found.course.capacity.took_s) == 5
    assert found.course.small is Standing.BREACH
    (said,) = [one for one in found.breaches() if one.rule == too_small.NAME]
    assert said.since_ms < said.happened_ms


def test_a_gap_is_told_with_how_much_it_matters_and_since_when_nothing_was_heard() -> None:
    said = Followed().takes(4.0).takes(4.0, after_ms=GAP_S * 1000 + 1).said
    gaps = [(one.standing, one.level, one.evidence.last_heard_ms) for one in said if one.rule == "gap"]
    level = TERMS.blind_level
    assert gaps == [(Standing.FINE, level, None), (Standing.UNKNOWN, level, MINUTE_MS), (Standing.FINE, level, None)]
