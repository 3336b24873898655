"""The course of a probe: every rule in one state, the same in whatever order and pieces the readings come."""

from importlib.resources import files
from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality, Reading
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.course import Course, Terms, rules, step, timeline
from coldchain_judgement.limits import Level
from coldchain_judgement.profiles import FILE, parse_profiles
from coldchain_judgement.rules import cumulative, gap, jump
from coldchain_judgement.verdicts import Standing, Verdict, Why

BUILTIN = parse_profiles(files("coldchain_judgement").joinpath(FILE).read_text(encoding="utf-8"))
TERMS = Terms(profile=BUILTIN["daily"], judged=True, longest_gap_s=1800, blind_level=Level.CRITICAL)
MINUTE_MS = 60_000
Heard = tuple[int, float | None]


def followed(heard: list[Heard], terms: Terms = TERMS, course: Course | None = None) -> tuple[Course, list[Verdict]]:
    """Return the course after (ms, °C) in this order, and what was said; no value is a probe that is gone."""
    course = course or Course()
    said: list[Verdict] = []
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


# Whatever comes, and however it comes: pours, leaps, gaps, faults, cold and warm.

celsius = st.sampled_from([-1.0, 0.0, 4.0, 4.0, 7.5, 8.0, 8.1, 9.0, 10.0, 12.0, 20.0, 33.0, None])
pieces = st.lists(st.tuples(st.sampled_from([1, 1, 1, 5, 30, 31, 240]), st.integers(1, 40), celsius), max_size=12)
ALL_PROFILES = st.sampled_from(sorted(BUILTIN))


def heard_of(parts: list[tuple[int, int, float | None]]) -> list[Heard]:
    """Return readings: so many minutes apart, so many of them, of one value or fault."""
    heard, at_ms = [], 0
    for pause, count, value in parts:
        for number in range(count):
            at_ms += pause * MINUTE_MS if number == 0 else MINUTE_MS
            heard.append((at_ms, value))
    return heard


def terms_of(profile: str) -> Terms:
    return msgspec.structs.replace(TERMS, profile=BUILTIN[profile])


def readings_of(heard: list[Heard]) -> list[Reading]:
    probe = urn_of_kernel_name("28-0000000000aa")
    return [
        Reading(probe=probe, at_ms=at_ms, value=value, quality=Quality.GONE if value is None else Quality.OK)
        for at_ms, value in heard
    ]


@settings(max_examples=60, deadline=None)
@given(parts=pieces, profile=ALL_PROFILES, random=st.randoms(use_true_random=False))
def test_the_timeline_is_the_same_in_whatever_order_the_readings_come(
    parts: list[tuple[int, int, float | None]], profile: str, random: Random
) -> None:
    heard, terms = heard_of(parts), terms_of(profile)
    _, said = followed(heard, terms)
    shuffled = readings_of(heard) + readings_of(random.sample(heard, len(heard) // 3))
    random.shuffle(shuffled)
    assert list(timeline(shuffled, terms)) == said


@settings(max_examples=60, deadline=None)
@given(parts=pieces, profile=ALL_PROFILES, cuts=st.lists(st.integers(0, 300), max_size=4))
def test_a_course_kept_as_json_between_pieces_says_the_same(
    parts: list[tuple[int, int, float | None]], profile: str, cuts: list[int]
) -> None:
    heard, terms = heard_of(parts), terms_of(profile)
    course, said = Course(), []
    edges = [0, *sorted(cuts), len(heard)]
    for start, end in pairwise(edges):
        course, more = followed(heard[start:end], terms, course)
        said += more
        kept = msgspec.json.decode(msgspec.json.encode(course), type=Course)
        assert kept == course
        course = kept
    assert (course, said) == followed(heard, terms)


@settings(max_examples=100, deadline=None)
@given(parts=pieces, profile=ALL_PROFILES)
def test_every_rule_says_only_what_changes_and_stands_where_it_said_last(
    parts: list[tuple[int, int, float | None]], profile: str
) -> None:
    terms = terms_of(profile)
    course, said = followed(heard_of(parts), terms)
    last: dict[str, Standing] = {}
    for verdict in said:
        assert verdict.standing is not last.get(verdict.rule)
        assert verdict.since_ms <= verdict.happened_ms
        last[verdict.rule] = verdict.standing
    assert set(last) <= rules(terms)
    known = {name: standing for name, standing in course.standings.items() if standing is not Standing.UNKNOWN}
    assert known == {name: standing for name, standing in last.items() if standing is not Standing.UNKNOWN}


@settings(max_examples=60, deadline=None)
@given(parts=pieces, profile=ALL_PROFILES, hours=st.integers(1, 200), value=celsius)
def test_a_gap_resolves_nothing(
    parts: list[tuple[int, int, float | None]], profile: str, hours: int, value: float | None
) -> None:
    terms = terms_of(profile)
    before, _ = followed(heard_of(parts), terms)
    at_ms = (before.last_ms or 0) + (1800 + hours * 3600) * 1000
    after, said = followed([(at_ms, value)], terms, before)
    for rule, standing in before.standings.items():
        if standing is Standing.BREACH and not (rule == jump.NAME or rule.startswith(cumulative.PREFIX)):
            assert after.standings[rule] is Standing.BREACH
    known = {verdict.rule: verdict.standing for verdict in said}
    if value is not None and before.curve.last:
        assert [one.standing for one in said if one.rule == gap.NAME] == [Standing.UNKNOWN, Standing.FINE]
    assert known.get("beyond:high") is not Standing.BREACH


def test_a_gap_is_unknown_from_its_beginning_and_known_as_such_after_half_an_hour() -> None:
    _, said = followed([*minutes((5, 4.0)), (100 * MINUTE_MS, 4.0)])
    unknown, fine = [one for one in said if one.rule == gap.NAME][1:]
    assert (unknown.standing, unknown.why, unknown.level) == (Standing.UNKNOWN, Why.SILENT, Level.CRITICAL)
    assert (unknown.since_ms, unknown.happened_ms) == (4 * MINUTE_MS, 34 * MINUTE_MS)
    assert (fine.standing, fine.why, fine.happened_ms) == (Standing.FINE, Why.HEARD_AGAIN, 100 * MINUTE_MS)
    assert unknown.evidence.last_heard_ms == 4 * MINUTE_MS


def test_faults_for_longer_than_a_gap_are_one() -> None:
    _, said = followed(minutes((5, 4.0), (40, None), (5, 4.0)))
    assert [one.standing for one in said if one.rule == gap.NAME] == [Standing.FINE, Standing.UNKNOWN, Standing.FINE]


def test_what_leaps_once_resets_no_time_and_begins_none() -> None:
    slow = [(10, 4.0 + 0.4 * number) for number in range(15)]
    warm = minutes(*slow, (40, 9.5), (1, 3.0), (20, 9.5))
    straight = minutes(*slow, (61, 9.5))
    assert breaches(followed(warm)[1]) == breaches(followed(straight)[1]) == [Why.TOO_WARM]


def test_what_a_course_carries_does_not_grow() -> None:
    trace = [(4.0, 300), (30.0, 20), (20.0, 60), (12.0, 60), (6.0, 200), (None, 40), (40.0, 1)] * 20
    course, longest, at_ms = Course(), 0, 0
    for number, (value, count) in enumerate(trace):
        for _ in range(count):
            at_ms += MINUTE_MS
            quality = Quality.GONE if value is None else Quality.OK
            course, _ = step(course, TERMS, at_ms=at_ms, celsius=value, quality=quality)
        size = len(msgspec.json.encode(course))
        if number >= len(trace) // 2:
            assert size <= longest * 1.1
        else:
            longest = max(longest, size)
    assert longest < 4000


def test_a_unit_that_is_known_already_begins_with_what_is_known_of_it() -> None:
    known = Capacity(took_s=(3600,) * 10, slowest_s=((), (600,) * 10, (), ()))
    assert breaches(followed(minutes((10, 4.0), (62, 15.0)), course=Course(capacity=known))[1]) == []
    slow = followed(minutes((10, 4.0), (65, 15.0)), course=Course(capacity=known))[1]
    assert set(breaches(slow)) == {Why.COOLS_SLOWLY}
    assert breaches(followed(minutes((10, 4.0), (65, 15.0)))[1]) == []


def test_a_fill_that_is_not_cooled_is_that_by_every_limit_it_is_above_since_it_was_poured() -> None:
    _, said = followed(minutes((10, 4.0), (170, 15.0)))
    found = [one for one in said if one.standing is Standing.BREACH]
    assert {one.rule for one in found} == {"beyond:high-warning", "beyond:high", "beyond:hot"}
    assert {one.why for one in found} == {Why.COOLS_SLOWLY}
    assert {one.since_ms for one in found} == {10 * MINUTE_MS}
    assert {one.evidence.guard for one in found} == {BUILTIN["daily"].cooling}


def test_a_breach_that_stood_when_milk_was_poured_goes_on() -> None:
    slowly = [(10, 4.0 + 0.4 * number) for number in range(12)]
    _, said = followed(minutes(*slowly, (130, 8.8), (60, 20.0)))
    assert breaches(said) == [Why.TOO_WARM, Why.TOO_WARM]
    assert [one.standing for one in said if one.rule == "beyond:high"] == [Standing.FINE, Standing.BREACH]


def test_freezing_is_held_by_no_fill() -> None:
    _, said = followed(minutes((10, -8.0), (62, -1.0)))
    assert set(breaches(said)) == {Why.TOO_COLD}


def test_without_cooling_in_the_profile_warm_milk_is_warm_though_it_was_just_poured_in() -> None:
    _, said = followed(minutes((10, 4.0), (70, 15.0)), terms_of("pasteurised"))
    assert set(breaches(said)) == {Why.TOO_WARM}


def test_warm_time_in_all_is_said_after_the_breach_that_it_belongs_to_and_not_beside_it() -> None:
    creeping = [(10, 4.0 + 0.4 * number) for number in range(18)]
    warm = minutes(*creeping, (600, 10.8), (30, 5.0))
    said = followed(warm, terms_of("daily"))[1]
    beyond = [one for one in said if one.why in (Why.TOO_WARM, Why.WITHIN) and one.rule == "beyond:high"]
    in_all = next(one for one in said if one.why is Why.WARM_TOO_LONG)
    assert in_all.evidence.after_s is not None
    assert in_all.evidence.after_s > 9 * 3600
    assert in_all.happened_ms == beyond[-1].happened_ms


ON_AND_OFF = [(25, 10.0), (5, 9.6)] * 10
"""Never above 10 °C, and at 10 °C for four hours in all."""


def test_many_short_warm_times_are_put_together() -> None:
    found = [one for one in followed(minutes(*ON_AND_OFF), terms_of("transport"))[1] if one.standing is Standing.BREACH]
    assert [one.why for one in found] == [Why.WARM_TOO_LONG]
    assert found[0].evidence.after_s == 7200


def test_another_batch_begins_with_no_warm_time() -> None:
    profile = msgspec.structs.replace(BUILTIN["transport"], cooling=BUILTIN["daily"].cooling)
    terms = msgspec.structs.replace(TERMS, profile=profile)
    course, said = followed(minutes(*ON_AND_OFF, (60, 4.0), (10, 30.0)), terms)
    over = [one for one in said if one.rule == "cumulative:warm"]
    assert [one.standing for one in over] == [Standing.FINE, Standing.BREACH, Standing.FINE]
    assert over[-1].happened_ms == 362 * MINUTE_MS
    assert course.cumulative["warm"].warm == ()
