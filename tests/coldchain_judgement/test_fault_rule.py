"""Probe fault: a probe that is heard but does not measure."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.rules.fault import MENDED_AFTER_S, Faulty, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
AFTER_S, GAP_S = 600, 1800
OK, CRC, GONE = Quality.OK, Quality.CRC, Quality.GONE
Trace = list[tuple[int, Quality]]


def minutes(*values: tuple[int, Quality]) -> Trace:
    flat = [quality for count, quality in values for _ in range(count)]
    return [(number * MINUTE_MS, quality) for number, quality in enumerate(flat)]


def verdicts(trace: Trace, state: Faulty | None = None) -> list[Verdict]:
    state, said = state or Faulty(), []
    for at_ms, quality in trace:
        state, verdict = step(
            state, at_ms=at_ms, quality=quality, after_s=AFTER_S, longest_gap_s=GAP_S, level=Level.WARNING
        )
        said += [verdict] if verdict else []
    return said


def said(trace: Trace) -> list[tuple[Standing, int, int]]:
    return [(one.standing, one.since_ms // MINUTE_MS, one.happened_ms // MINUTE_MS) for one in verdicts(trace)]


FIRST = (Standing.FINE, 0, 0)


def test_ten_minutes_of_faults_are_a_breach_and_one_value_between_them_is_not() -> None:
    assert said(minutes((1, OK), (10, CRC))) == [FIRST]
    assert said(minutes((1, OK), (11, CRC))) == [FIRST, (Standing.BREACH, 1, 11)]
    assert said(minutes((1, OK), (9, CRC), (1, OK), (9, CRC))) == [FIRST]


def test_different_faults_are_one_stretch_and_the_last_is_named() -> None:
    breach = verdicts(minutes((6, CRC), (5, GONE)))[0]
    assert (breach.why, breach.since_ms) == (Why.PROBE_FAULT, 0)
    assert (breach.evidence.quality, breach.evidence.after_s) == ("gone", AFTER_S)


def test_a_loose_wire_that_comes_and_goes_is_not_mended_by_one_value() -> None:
    assert said(minutes((11, CRC), (1, OK), (3, CRC), (1, OK))) == [(Standing.BREACH, 0, 10)]
    mended = MENDED_AFTER_S // 60
    assert said(minutes((11, CRC), (mended, OK))) == [(Standing.BREACH, 0, 10)]
    assert said(minutes((11, CRC), (mended + 1, OK))) == [(Standing.BREACH, 0, 10), (Standing.FINE, 11, 11 + mended)]
    assert verdicts(minutes((11, CRC), (mended + 1, OK)))[1].why is Why.PROBE_MENDED


def test_silence_between_two_readings_fills_neither_timer() -> None:
    late_ms = GAP_S * 1000 + 1
    assert said([(0, OK), (MINUTE_MS, CRC), (MINUTE_MS + late_ms, CRC)]) == [FIRST]
    broken = minutes((11, CRC))
    after_ms = broken[-1][0] + MINUTE_MS
    assert said([*broken, (after_ms, OK), (after_ms + late_ms, OK)]) == [(Standing.BREACH, 0, 10)]


def test_readings_out_of_order_change_nothing() -> None:
    assert said([*minutes((11, CRC)), (5 * MINUTE_MS, OK), (10 * MINUTE_MS, OK)]) == [(Standing.BREACH, 0, 10)]


qualities = st.sampled_from([OK, OK, CRC, GONE])
traces = st.lists(st.tuples(st.sampled_from([60, 300, 600, GAP_S + 1]), qualities), max_size=50)


def trace_of(steps: list[tuple[int, Quality]]) -> Trace:
    trace, at_ms = [], 0
    for pause_s, quality in steps:
        at_ms += pause_s * 1000
        trace.append((at_ms, quality))
    return trace


def naive(trace: Trace) -> list[tuple[Standing, int, int]]:
    """Say the same from the definition, looking back over the whole trace at every reading."""
    standing, found = Standing.UNKNOWN, []
    for now, (at_ms, quality) in enumerate(trace):
        first = now
        while (
            first
            and (trace[first - 1][1] is OK) is (quality is OK)
            and trace[first][0] - trace[first - 1][0] <= GAP_S * 1000
        ):
            first -= 1
        lasted_ms = at_ms - trace[first][0]
        if quality is OK:
            becomes = Standing.FINE
            full = lasted_ms >= (MENDED_AFTER_S * 1000 if standing is Standing.BREACH else 0)
        else:
            becomes, full = Standing.BREACH, lasted_ms >= AFTER_S * 1000
        if full and becomes is not standing:
            standing = becomes
            found.append((standing, trace[first][0], at_ms))
    return found


@settings(max_examples=300, deadline=None)
@given(steps=traces)
def test_the_rule_says_what_a_look_at_the_whole_trace_says(steps: list[tuple[int, Quality]]) -> None:
    trace = trace_of(steps)
    assert [(one.standing, one.since_ms, one.happened_ms) for one in verdicts(trace)] == naive(trace)


@settings(max_examples=100, deadline=None)
@given(steps=traces, at=st.integers(0, 50))
def test_a_trace_cut_anywhere_with_the_state_kept_as_json_says_the_same(
    steps: list[tuple[int, Quality]], at: int
) -> None:
    trace, state = trace_of(steps), Faulty()
    for at_ms, quality in trace[:at]:
        state, _ = step(state, at_ms=at_ms, quality=quality, after_s=AFTER_S, longest_gap_s=GAP_S, level=Level.WARNING)
    kept = msgspec.json.decode(msgspec.json.encode(state), type=Faulty)
    assert verdicts(trace[:at]) + verdicts(trace[at:], kept) == verdicts(trace)


def test_readings_exactly_as_far_apart_as_may_be_have_no_gap_between_them() -> None:
    assert [one.standing for one in verdicts([(0, CRC), (GAP_S * 1000, CRC)])] == [Standing.BREACH]
    assert verdicts([(0, CRC), (GAP_S * 1000 + 1, CRC)]) == []
