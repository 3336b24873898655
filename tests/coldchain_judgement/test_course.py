"""The course of a probe: every rule in one state, the same in whatever order and pieces the readings come."""

from importlib.resources import files

import msgspec

from coldchain_contract.readings import Quality
from coldchain_judgement.course import Course, Terms, rules, step
from coldchain_judgement.limits import Level
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.verdicts import Standing, Verdict, Why

BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
TERMS = Terms(profile=BUILTIN["daily"], judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL)
MINUTE_MS = 60_000
Heard = tuple[int, float | None]


def followed(heard: list[Heard], terms: Terms = TERMS, course: Course | None = None) -> tuple[Course, list[Verdict]]:
    """Return the course after (ms, °C) in this order, and what was said; no value is a probe that is gone."""
    course, said = course or Course(), []
    for at_ms, celsius in heard:
        quality = Quality.GONE if celsius is None else Quality.OK
        course, verdicts = step(course, terms, at_ms=at_ms, celsius=celsius, quality=quality)
        said += verdicts
    return course, said


def minutes(*values: tuple[int, float | None]) -> list[Heard]:
    """Return a reading a minute: so many minutes of each value."""
    flat = [celsius for count, celsius in values for _ in range(count)]
    return [(number * MINUTE_MS, celsius) for number, celsius in enumerate(flat)]


def breaches(said: list[Verdict]) -> list[Why]:
    return [verdict.why for verdict in said if verdict.standing is Standing.BREACH]


def test_every_rule_says_fine_of_the_first_value() -> None:
    _, said = followed(minutes((1, 4.0)))
    assert {verdict.standing for verdict in said} == {Standing.FINE}
    assert {"fault", "beyond:high", "beyond:freezing"} <= {verdict.rule for verdict in said}


def test_a_probe_beside_the_voice_is_judged_by_its_faults_alone() -> None:
    terms = msgspec.structs.replace(TERMS, judged=False, blind_level=Level.WARNING)
    _, said = followed(minutes((200, 40.0), (30, None)), terms)
    assert breaches(said) == [Why.PROBE_FAULT]
    assert said[-1].level is Level.WARNING


def test_a_reading_that_is_not_newer_changes_nothing() -> None:
    course, _ = followed(minutes((30, 9.0)))
    for at_ms in (29 * MINUTE_MS, 0):
        assert followed([(at_ms, 4.0)], course=course) == (course, [])
        assert followed([(at_ms, None)], course=course) == (course, [])


def test_a_course_says_where_every_rule_that_judges_stands_and_how_far_it_has_come() -> None:
    course, _ = followed(minutes((1, 4.0), (400, 12.0)))
    assert course.standings.keys() == rules(TERMS)
    assert (course.standings["fault"], course.standings["beyond:hot"]) == (Standing.FINE, Standing.BREACH)
    assert (Course().last_ms, course.last_ms) == (None, 400 * MINUTE_MS)
    assert rules(msgspec.structs.replace(TERMS, judged=False)) == {"fault"}
