"""Milk as part of a probe's course: it goes with the readings, in any pieces, and changes no other rule."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.readings import Quality
from coldchain_judgement.course import Course, step
from coldchain_judgement.milk.events import Emptied, Event, MilkIn, Sold
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.limits import deadline
from coldchain_judgement.milk.saying import asks
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.verdicts import Verdict
from invented.cooled_milk import Cooler
from invented.milk_stories import NEEDED, TERMS, at, just_milked, lived

MINUTE_MS = 60_000
EVENING = Cooler(watts=350, fills=((18, 20),), emptied_at=7.2)
Heard = list[tuple[int, float | None]]
pieces = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 5, 31, 240]),
        st.integers(1, 30),
        st.sampled_from([0.0, 4.0, 4.0, 7.5, 9.0, 20.0, 33.0, None]),
    ),
    max_size=10,
)
minutes = st.integers(0, 900).map(lambda minute: minute * MINUTE_MS + 7)
told = st.lists(
    st.one_of(
        st.builds(
            MilkIn,
            at_ms=minutes,
            milked=st.sampled_from(Milked),
            litres=st.one_of(st.none(), st.sampled_from([5.0, 20.0])),
        ),
        st.builds(Emptied, at_ms=minutes),
        st.builds(Sold, at_ms=minutes, litres=st.just(5.0)),
    ),
    max_size=5,
).map(lambda events: sorted(events, key=lambda one: one.at_ms))


def heard_of(parts: list[tuple[int, int, float | None]]) -> Heard:
    heard, at_ms = [], 0
    for pause, count, value in parts:
        for number in range(count):
            at_ms += (pause if number == 0 else 1) * MINUTE_MS
            heard.append((at_ms, value))
    return heard


def followed(
    heard: Heard, events: list[Event], course: Course | None = None, milk: MilkTerms | None = NEEDED
) -> tuple[Course, list[Verdict]]:
    course, terms = course or Course(), msgspec.structs.replace(TERMS, milk=milk)
    said: list[Verdict] = []
    for at_ms, value in heard:
        due = [one for one in events if (course.last_ms or 0) < one.at_ms <= at_ms]
        quality = Quality.GONE if value is None else Quality.OK
        course, more = step(course, terms, at_ms=at_ms, celsius=value, quality=quality, events=due)
        said += more
    return course, said


@settings(max_examples=60, deadline=None)
@given(pieces, told, st.lists(st.integers(0, 200), max_size=4))
def test_milk_kept_as_json_between_pieces_is_the_same_milk(
    parts: list[tuple[int, int, float | None]], events: list[Event], cuts: list[int]
) -> None:
    heard = heard_of(parts)
    course, said = Course(), []
    for start, end in pairwise([0, *sorted(cuts), len(heard)]):
        course, more = followed(heard[start:end], events, course)
        said += more
        kept = msgspec.json.decode(msgspec.json.encode(course), type=Course)
        assert kept == course
        course = kept
    assert (course, said) == followed(heard, events)


@settings(max_examples=60, deadline=None)
@given(pieces, told)
def test_no_other_rule_says_anything_else_because_milk_is_followed(
    parts: list[tuple[int, int, float | None]], events: list[Event]
) -> None:
    heard = heard_of(parts)
    without = followed(heard, [], milk=None)[1]
    assert followed(heard, events, milk=MilkTerms())[1] == without


@settings(max_examples=60, deadline=None)
@given(pieces, told)
def test_a_count_never_falls_unless_something_is_told_or_poured(
    parts: list[tuple[int, int, float | None]], events: list[Event]
) -> None:
    course = Course()
    for reading in heard_of(parts):
        due = [one for one in events if (course.last_ms or 0) < one.at_ms <= reading[0]]
        after, _ = followed([reading], due, course)
        before, now = course.milk, after.milk
        if before is not None and now is not None and now.last == before.last:
            for one, other in zip(before.estimate.counts(), now.estimate.counts(), strict=True):
                assert other >= one * (1 - 1e-9)
            assert now.at_ms >= before.at_ms
        course = after


def test_a_fill_in_the_curve_is_milk_that_asks_and_an_answer_is_all_it_takes() -> None:
    asked = lived(EVENING, hours=20).course.milk
    assert asked is not None
    assert asks(asked)
    assert abs(asked.begun_ms - at(18)) <= 2 * MINUTE_MS
    answered = lived(EVENING, [just_milked(19.5)], hours=20).course.milk
    straight = lived(EVENING, [just_milked(18)], hours=20).course.milk
    assert answered is not None
    assert straight is not None
    assert answered.known
    for one, other in zip(answered.estimate.counts(), straight.estimate.counts(), strict=True):
        assert abs(one / other - 1) < 0.02


def test_milk_that_was_taken_out_does_not_come_back_while_its_cooler_gets_cold() -> None:
    assert lived(EVENING, [just_milked(18), Emptied(at_ms=at(18.5))], hours=21).course.milk is None


def test_every_fill_of_an_empty_unit_is_another_batch_without_a_word() -> None:
    first, second = (lived(EVENING, hours=hours).course.milk for hours in (41, 43))
    assert first is not None
    assert second is not None
    assert round(second.begun_ms / HOUR_MS) - round(first.begun_ms / HOUR_MS) == 24
    assert second.topped_up == 0


def test_milk_that_is_being_cooled_is_not_told_to_last_as_if_it_stayed_warm() -> None:
    milk = lived(EVENING, [just_milked(18)], hours=19.5).course.milk
    assert milk is not None
    assert milk.cools is not None
    assert milk.celsius is not None
    cooled = deadline(milk, NEEDED, at_ms=milk.at_ms, celsius=milk.celsius)
    warm = deadline(msgspec.structs.replace(milk, cools=None), NEEDED, at_ms=milk.at_ms, celsius=milk.celsius)
    assert cooled.use.earliest > 2 * warm.use.earliest


def test_a_probe_beside_the_voice_and_a_unit_without_raw_milk_carry_none() -> None:
    beside = msgspec.structs.replace(TERMS, judged=False)
    assert lived(EVENING, [just_milked(18)], hours=20, terms=beside).course.milk is None
    course, _ = followed([(MINUTE_MS, 4.0)], [MilkIn(at_ms=7)], milk=None)
    assert course.milk is None


def test_words_are_heeded_with_a_reading_that_has_no_value_too() -> None:
    course, _ = followed([(MINUTE_MS, 4.0), (2 * MINUTE_MS, None)], [MilkIn(at_ms=MINUTE_MS + 7)])
    assert course.milk is not None


def values(*stretches: tuple[int, float]) -> Heard:
    """Return a value a minute: so many minutes of each."""
    flat = [celsius for count, celsius in stretches for _ in range(count)]
    return [(number * MINUTE_MS, celsius) for number, celsius in enumerate(flat)]


OPENED = [(60, 8.4), *((1, 8.4 + 0.6 * minute) for minute in range(1, 11))]
"""A cooler whose lid is opened in the sixtieth minute: the air in it gets warm."""
EMPTIED = Emptied(at_ms=62 * MINUTE_MS - 30_000)


def test_the_air_of_a_cooler_that_was_just_emptied_is_no_milk() -> None:
    in_it = MilkIn(at_ms=MINUTE_MS, milked=Milked.JUST_NOW)
    course, _ = followed(values(*OPENED, (90, 14.4), (30, 8.0)), [in_it, EMPTIED])
    assert course.fill is not None
    assert course.fill.begun_ms <= EMPTIED.at_ms
    assert course.milk is None


def test_milk_that_is_poured_into_it_afterwards_is_found_all_the_same() -> None:
    in_it = MilkIn(at_ms=MINUTE_MS, milked=Milked.JUST_NOW)
    for later in (35, 120):
        course, _ = followed(values(*OPENED, (later, 12.0), (30, 32.0)), [in_it, EMPTIED])
        assert course.milk is not None, later
        assert asks(course.milk), later


def test_an_answer_is_about_the_milk_that_was_poured_in_and_not_about_the_air_before_it() -> None:
    in_it = MilkIn(at_ms=MINUTE_MS, milked=Milked.JUST_NOW)
    poured = MilkIn(at_ms=132 * MINUTE_MS, milked=Milked.JUST_NOW)
    course, _ = followed(values(*OPENED, (60, 12.0), (30, 32.0)), [in_it, EMPTIED, poured])
    assert course.milk is not None
    assert course.milk.known
    assert not asks(course.milk)
