"""Warm for too long in all: as a logger counts it, and as a look at the whole trace says."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.limits import Cumulative, Level
from coldchain_judgement.rules.cumulative import SLOT_MS, Warmth, anew, name_of, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
GAP_MS = 30 * MINUTE_MS
FINE, BREACH = Standing.FINE, Standing.BREACH
Trace = list[tuple[int, float]]


def limit(**changes: object) -> Cumulative:
    """Ten hours at or above 30 °C in a day, as a shipping indicator counts them."""
    return msgspec.structs.replace(
        Cumulative(
            name="warm",
            celsius=30.0,
            inclusive=True,
            for_s=36_000,
            window_s=86_400,
            clear_celsius=29.5,
            clear_for_s=600,
            level=Level.CRITICAL,
            source="the test",
        ),
        **changes,
    )


def verdicts(trace: Trace, judged_by: Cumulative, state: Warmth | None = None) -> list[Verdict]:
    state, said, last_ms = state or Warmth(), [], state.last_ms if state else None
    for at_ms, celsius in trace:
        gap = last_ms is not None and at_ms - last_ms > GAP_MS
        state, verdict = step(state, judged_by, at_ms=at_ms, celsius=celsius, gap=gap, profile="daily")
        said += [verdict] if verdict else []
        last_ms = at_ms
    return said


def minutes(*values: tuple[int, float]) -> Trace:
    flat = [celsius for count, celsius in values for _ in range(count)]
    return [(number * MINUTE_MS, celsius) for number, celsius in enumerate(flat)]


def said(trace: Trace, judged_by: Cumulative | None = None) -> list[tuple[Standing, int]]:
    return [(one.standing, one.happened_ms // MINUTE_MS) for one in verdicts(trace, judged_by or limit())]


def test_ten_hours_in_all_are_a_breach_whatever_lies_between() -> None:
    assert said(minutes((600, 30.0))) == [(FINE, 0)]
    assert said(minutes((601, 30.0))) == [(FINE, 0), (BREACH, 600)]
    assert said(minutes(*[(60, 31.0), (20, 4.0)] * 9, (61, 31.0))) == [(FINE, 0), (BREACH, 780)]


def test_exactly_the_line_counts_where_it_is_inclusive_and_not_where_it_is_not() -> None:
    assert said(minutes((700, 29.9))) == [(FINE, 0)]
    assert said(minutes((700, 30.0)), limit(inclusive=False)) == [(FINE, 0)]
    assert said(minutes((700, 30.1)), limit(inclusive=False)) == [(FINE, 0), (BREACH, 600)]


def test_time_is_that_of_timestamps_and_not_of_how_many_values_there_were() -> None:
    every_ten = [(number * 10 * MINUTE_MS, 31.0) for number in range(61)]
    assert said(every_ten) == [(FINE, 0), (BREACH, 600)]


def test_what_a_gap_hides_counts_for_nothing_and_takes_nothing_away() -> None:
    first = minutes((301, 31.0))
    later = first[-1][0] + GAP_MS + 1
    second = [(later + minute * MINUTE_MS, 31.0) for minute in range(301)]
    assert [one.standing for one in verdicts([*first, *second[:-1]], limit())] == [FINE]
    assert [one.standing for one in verdicts([*first, *second], limit())] == [FINE, BREACH]


def test_what_lies_before_the_window_is_gone() -> None:
    short = limit(for_s=7200, window_s=14_400)
    assert said(minutes((90, 31.0), (200, 4.0), (90, 31.0)), short) == [(FINE, 0)]
    assert said(minutes((90, 31.0), (100, 4.0), (90, 31.0)), short) == [(FINE, 0), (BREACH, 220)]


def test_a_breach_is_over_once_the_window_holds_less_and_it_has_been_cold_for_ten_minutes() -> None:
    short = limit(for_s=7200, window_s=14_400)
    found = said(minutes((121, 31.0), (600, 4.0)), short)
    assert found == [(FINE, 0), (BREACH, 120), (FINE, 250)]
    lukewarm = said(minutes((121, 31.0), (600, 29.8)), short)
    assert lukewarm == [(FINE, 0), (BREACH, 120)]


def test_a_verdict_says_how_long_in_all_how_warm_at_worst_and_by_which_limit() -> None:
    breach = verdicts(minutes((300, 31.0), (60, 4.0), (1, 33.5), (301, 30.5)), limit())[1]
    assert (breach.rule, breach.why, breach.level) == ("cumulative:warm", Why.WARM_TOO_LONG, Level.CRITICAL)
    assert name_of(limit()) == breach.rule
    evidence = breach.evidence
    assert (evidence.after_s, evidence.worst_celsius, evidence.celsius) == (36_000, 33.5, 30.5)
    assert (evidence.guard, evidence.profile) == (limit(), "daily")
    assert breach.since_ms == 0


def test_time_that_is_not_to_count_does_not() -> None:
    state = Warmth()
    for minute in range(1000):
        state, verdict = step(state, limit(), at_ms=minute * MINUTE_MS, celsius=35.0, gap=False, counts=False)
        assert verdict is None or verdict.standing is FINE
    assert state.warm == ()


def test_whoever_is_told_already_that_milk_is_warm_is_not_told_again_until_that_is_over() -> None:
    state, found = Warmth(), []
    for minute in range(1000):
        told = minute < 800
        state, verdict = step(
            state, limit(), at_ms=minute * MINUTE_MS, celsius=31.0 if minute < 800 else 4.0, gap=False, told=told
        )
        found += [(minute, verdict.standing)] if verdict else []
    assert found == [(0, FINE), (800, BREACH)]


def test_another_batch_begins_with_nothing() -> None:
    state = Warmth()
    for minute in range(601):
        state, _ = step(state, limit(), at_ms=minute * MINUTE_MS, celsius=31.0, gap=False)
    assert state.standing is BREACH
    state, verdict = step(anew(state), limit(), at_ms=601 * MINUTE_MS, celsius=31.0, gap=False)
    assert verdict is not None
    assert (verdict.standing, state.warm) == (FINE, ())
    assert anew(Warmth(standing=FINE, last_ms=5)) == Warmth(standing=FINE)


pauses = st.sampled_from([1, 7, 15, 30, 31, 200])
traces = st.lists(st.tuples(pauses, st.sampled_from([4.0, 29.5, 29.8, 30.0, 31.0])), max_size=60)
limits = st.builds(
    limit,
    inclusive=st.booleans(),
    for_s=st.sampled_from([600, 1800, 7200]),
    window_s=st.sampled_from([7200, 10_000, 86_400]),
    clear_for_s=st.sampled_from([0, 600, 1800]),
)


def trace_of(steps: list[tuple[int, float]]) -> Trace:
    trace, at_ms = [], 0
    for pause, celsius in steps:
        at_ms += pause * MINUTE_MS
        trace.append((at_ms, celsius))
    return trace


def naive(trace: Trace, judged_by: Cumulative) -> list[tuple[Standing, int]]:
    """Say the same from the definition: minute by minute, for every value, over the whole trace before it."""

    def warm_ms(now: int) -> int:
        window = -(-judged_by.window_s * 1000 // SLOT_MS)
        begins_ms = (trace[now][0] // SLOT_MS - window + 1) * SLOT_MS
        total = 0
        for (at_ms, celsius), (until_ms, _) in pairwise(trace[: now + 1]):
            warm = celsius > judged_by.celsius or (judged_by.inclusive and celsius == judged_by.celsius)
            if warm and until_ms - at_ms <= GAP_MS:
                total += max(0, until_ms - max(at_ms, begins_ms))
        return total

    def cold(now: int) -> bool:
        return trace[now][1] <= judged_by.clear_celsius and warm_ms(now) < judged_by.for_s * 1000

    found: list[tuple[Standing, int]] = []
    standing, breach_at = Standing.UNKNOWN, 0
    for now, (at_ms, _) in enumerate(trace):
        before = standing
        if warm_ms(now) and warm_ms(now) >= judged_by.for_s * 1000:
            standing = BREACH
            breach_at = now if before is not BREACH else breach_at
        elif standing is Standing.UNKNOWN:
            standing = FINE
        elif standing is BREACH and cold(now):
            first = now
            while first - 1 > breach_at and cold(first - 1) and trace[first][0] - trace[first - 1][0] <= GAP_MS:
                first -= 1
            if at_ms - trace[first][0] >= judged_by.clear_for_s * 1000:
                standing = FINE
        if standing is not before:
            found.append((standing, at_ms))
    return found


@settings(max_examples=300, deadline=None)
@given(steps=traces, judged_by=limits)
def test_the_rule_says_what_a_look_at_the_whole_trace_says(
    steps: list[tuple[int, float]], judged_by: Cumulative
) -> None:
    trace = trace_of(steps)
    assert [(one.standing, one.happened_ms) for one in verdicts(trace, judged_by)] == naive(trace, judged_by)


@settings(max_examples=150, deadline=None)
@given(steps=traces, judged_by=limits, at=st.integers(0, 60))
def test_a_trace_cut_anywhere_with_the_state_kept_as_json_says_the_same(
    steps: list[tuple[int, float]], judged_by: Cumulative, at: int
) -> None:
    trace, state, last_ms = trace_of(steps), Warmth(), None
    for at_ms, celsius in trace[:at]:
        gap = last_ms is not None and at_ms - last_ms > GAP_MS
        state, _ = step(state, judged_by, at_ms=at_ms, celsius=celsius, gap=gap)
        last_ms = at_ms
    kept = msgspec.json.decode(msgspec.json.encode(state), type=Warmth)
    assert kept == state
    whole = verdicts(trace, judged_by)
    assert verdicts(trace[:at], judged_by) + verdicts(trace[at:], judged_by, kept) == whole


@pytest.mark.parametrize("days", [1, 30])
def test_what_is_carried_does_not_grow(days: int) -> None:
    state = Warmth()
    for number in range(days * 288):
        celsius = 31.0 if number % 2 else 4.0
        state, _ = step(state, limit(), at_ms=number * 5 * MINUTE_MS, celsius=celsius, gap=False)
    assert len(state.warm) <= 96


def test_warm_time_is_kept_by_quarters_of_an_hour_and_each_quarter_goes_as_a_whole() -> None:
    state = Warmth()
    for at_ms, celsius in minutes((41, 31.0), (1, 4.0)):
        state, _ = step(state, limit(), at_ms=at_ms, celsius=celsius, gap=False)
    assert state.warm == ((0, SLOT_MS), (1, SLOT_MS), (2, 11 * MINUTE_MS))
    last_of_window = limit().window_s * 1000 + SLOT_MS - 1
    at_its_edge, _ = step(state, limit(), at_ms=last_of_window - SLOT_MS, celsius=4.0, gap=True)
    assert at_its_edge.warm == state.warm
    beyond_it, _ = step(state, limit(), at_ms=last_of_window - SLOT_MS + 1, celsius=4.0, gap=True)
    assert beyond_it.warm == state.warm[1:]


def test_a_breach_says_since_when_how_long_and_how_warm() -> None:
    later = [
        (at_ms + 7 * SLOT_MS, celsius) for at_ms, celsius in minutes((300, 31.0), (10, 4.0), (290, 33.0), (20, 32.0))
    ]
    breach = verdicts(later, limit())[-1]
    assert (breach.standing, breach.since_ms) == (BREACH, 7 * SLOT_MS)
    assert (breach.evidence.after_s, breach.evidence.worst_celsius) == (36_000, 33.0)
    assert isinstance(breach.since_ms, int)
    assert isinstance(breach.evidence.after_s, int)


def test_what_does_not_count_is_not_the_worst_and_neither_is_what_was_cold() -> None:
    state = Warmth()
    for number, (celsius, counts) in enumerate([(4.0, True), (31.0, True), (40.0, False), (4.0, True)]):
        state, _ = step(state, limit(), at_ms=number * MINUTE_MS, celsius=celsius, gap=False, counts=counts)
    assert state.worst == 31.0


def test_exactly_at_the_line_to_clear_is_cold_enough() -> None:
    short = limit(for_s=600, window_s=1800)
    assert said(minutes((11, 31.0), (60, 29.5)), short)[-1][0] is FINE
    assert said(minutes((11, 31.0), (60, 29.6)), short)[-1][0] is BREACH
