"""Beyond a limit for a duration: what it says at which instant, and that a naive reading of the trace says the same."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.limits import Level, Limit, Side
from coldchain_judgement.rules.beyond import Beyond, name_of, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
GAP_S = 1800
Trace = list[tuple[int, float | None]]


def limit(**changes: object) -> Limit:
    """Not above 8 °C for an hour; over once it has been at 7.5 °C or less for ten minutes."""
    return msgspec.structs.replace(
        Limit(
            name="high",
            side=Side.ABOVE,
            celsius=8.0,
            inclusive=False,
            for_s=3600,
            clear_celsius=7.5,
            clear_for_s=600,
            level=Level.CRITICAL,
            source="the test",
        ),
        **changes,
    )


def verdicts(trace: Trace, judged_by: Limit, state: Beyond | None = None) -> list[Verdict]:
    state, said = state or Beyond(), []
    for at_ms, celsius in trace:
        state, verdict = step(state, judged_by, at_ms=at_ms, celsius=celsius, longest_gap_s=GAP_S, profile="daily")
        said += [verdict] if verdict else []
    return said


def minutes(*values: tuple[int, float | None]) -> Trace:
    """Return a reading a minute: so many minutes of each value, the first at minute 0."""
    flat = [celsius for count, celsius in values for _ in range(count)]
    return [(number * MINUTE_MS, celsius) for number, celsius in enumerate(flat)]


def said(trace: Trace, judged_by: Limit | None = None) -> list[tuple[Standing, int, int]]:
    """Return what was said, since which minute, and at which minute."""
    found = verdicts(trace, judged_by or limit())
    return [(one.standing, one.since_ms // MINUTE_MS, one.happened_ms // MINUTE_MS) for one in found]


FINE, BREACH = Standing.FINE, Standing.BREACH
FIRST = (FINE, 0, 0)


def test_one_hour_above_is_a_breach_at_the_reading_that_fills_the_hour() -> None:
    assert said(minutes((10, 4.0), (60, 9.0))) == [FIRST]
    assert said(minutes((10, 4.0), (61, 9.0))) == [FIRST, (BREACH, 10, 70)]


def test_one_good_reading_begins_the_hour_anew() -> None:
    assert said(minutes((1, 4.0), (59, 9.0), (1, 8.0), (59, 9.0))) == [FIRST]


def test_the_hour_is_one_of_timestamps_and_not_of_sixty_readings() -> None:
    assert said([(0, 4.0), (60_000, 9.0), (1_800_000, 9.0), (3_600_000, 9.0), (3_660_000, 9.0)]) == [
        FIRST,
        (BREACH, 1, 61),
    ]
    every_second: Trace = [(second * 1000, 9.0) for second in range(600)]
    assert verdicts(every_second, limit()) == []


@pytest.mark.parametrize(
    ("side", "inclusive", "celsius", "crossed"),
    [
        (Side.ABOVE, False, 8.0, False),
        (Side.ABOVE, False, 8.0625, True),
        (Side.ABOVE, True, 8.0, True),
        (Side.ABOVE, True, 7.9375, False),
        (Side.BELOW, False, 8.0, False),
        (Side.BELOW, False, 7.9375, True),
        (Side.BELOW, True, 8.0, True),
        (Side.BELOW, True, 8.0625, False),
    ],
)
def test_a_strict_limit_is_not_crossed_by_its_own_value_and_an_inclusive_one_is(
    side: Side, inclusive: bool, celsius: float, crossed: bool
) -> None:
    judged_by = limit(side=side, inclusive=inclusive, clear_celsius=8.0, for_s=60)
    assert (BREACH in [one.standing for one in verdicts(minutes((2, celsius)), judged_by)]) is crossed


def test_a_breach_ends_after_ten_minutes_at_the_clear_line_and_not_between_the_lines() -> None:
    breach = minutes((62, 9.0))
    assert said(breach) == [(BREACH, 0, 60)]
    assert said(minutes((62, 9.0), (60, 7.6))) == [(BREACH, 0, 60)]
    assert said(minutes((62, 9.0), (10, 7.5))) == [(BREACH, 0, 60)]
    assert said(minutes((62, 9.0), (11, 7.5))) == [(BREACH, 0, 60), (FINE, 62, 72)]
    assert said(minutes((62, 9.0), (9, 7.5), (1, 7.6), (10, 7.5))) == [(BREACH, 0, 60)]


def test_faults_and_a_gap_hold_a_breach_and_never_end_it() -> None:
    assert said(minutes((62, 9.0), (600, None))) == [(BREACH, 0, 60)]
    one_good, much_later = (62 * MINUTE_MS, 4.0), (62 * MINUTE_MS + GAP_S * 1000 + 1, 4.0)
    assert said([*minutes((62, 9.0)), one_good, much_later]) == [(BREACH, 0, 60)]


def test_faults_do_not_reset_an_hour_that_is_pending_but_a_long_gap_does() -> None:
    assert said(minutes((30, 9.0), (20, None), (11, 9.0))) == [(BREACH, 0, 60)]
    later = 30 * MINUTE_MS + GAP_S * 1000
    assert said([*minutes((31, 9.0)), (later, 9.0), (later + 30 * MINUTE_MS, 9.0)])[0][1] == 0
    assert said([*minutes((31, 9.0)), (later + 1, 9.0), (later + 30 * MINUTE_MS, 9.0)]) == []


def test_readings_out_of_order_change_nothing() -> None:
    trace = minutes((40, 9.0))
    assert said([*trace, (10 * MINUTE_MS, 4.0), (39 * MINUTE_MS, 4.0)]) == []
    assert said([*trace, (10 * MINUTE_MS, 4.0), (60 * MINUTE_MS, 9.0)]) == [(BREACH, 0, 60)]


def test_a_verdict_carries_the_reason_the_worst_value_and_the_limit_as_it_was() -> None:
    trace = minutes((30, 9.0), (1, 14.25), (40, 8.5), (1, 13.0), (11, 4.0))
    breach, fine = verdicts(trace, limit())
    assert (breach.why, breach.rule, breach.level) == (Why.TOO_WARM, name_of(limit()), Level.CRITICAL)
    assert (breach.evidence.worst_celsius, breach.evidence.celsius) == (14.25, 8.5)
    assert (breach.evidence.limit, breach.evidence.profile) == (limit(), "daily")
    assert (fine.why, fine.evidence.worst_celsius) == (Why.WITHIN, 14.25)
    assert (fine.evidence.celsius, fine.evidence.profile, fine.evidence.limit) == (4.0, "daily", limit())
    cold = limit(side=Side.BELOW, celsius=0.0, clear_celsius=0.5)
    assert [one.why for one in verdicts(minutes((62, -1.0)), cold)] == [Why.TOO_COLD]
    assert verdicts(minutes((30, -1.0), (1, -3.0), (31, -1.0)), cold)[0].evidence.worst_celsius == -3.0


def test_the_worst_of_one_breach_is_not_told_of_the_next() -> None:
    trace = minutes((5, 30.0), (1, 4.0), (61, 9.0), (11, 4.0), (61, 8.5))
    assert [one.evidence.worst_celsius for one in verdicts(trace, limit())] == [None, 9.0, 9.0, 8.5]


def test_what_was_pending_before_a_long_gap_is_not_the_worst_of_the_breach_after_it() -> None:
    later = 10 * MINUTE_MS + GAP_S * 1000 + 1
    after = [(later + minute * MINUTE_MS, 9.0) for minute in range(61)]
    assert [one.evidence.worst_celsius for one in verdicts([*minutes((11, 30.0)), *after], limit())] == [9.0]


# Whatever the trace, the rule says what somebody says who looks back over all of it for each reading.

values = st.sampled_from([4.0, 7.4, 7.5, 7.6, 8.0, 8.1, 9.0, 12.0, None])
pauses_s = st.sampled_from([1, 60, 600, GAP_S, GAP_S + 1, 3600])
traces = st.lists(st.tuples(pauses_s, values), max_size=60)
limits = st.builds(
    limit,
    inclusive=st.booleans(),
    for_s=st.sampled_from([0, 60, 1800, 3600]),
    clear_celsius=st.sampled_from([7.5, 8.0]),
    clear_for_s=st.sampled_from([0, 60, 600, 1800]),
)


def trace_of(steps: list[tuple[int, float | None]]) -> Trace:
    trace, at_ms = [], 0
    for pause_s, celsius in steps:
        at_ms += pause_s * 1000
        trace.append((at_ms, celsius))
    return trace


def naive(trace: Trace, judged_by: Limit) -> list[tuple[Standing, int, int, float | None]]:
    """Say the same from the definition, looking back over the whole trace at every value."""
    known = [(at_ms, celsius) for at_ms, celsius in trace if celsius is not None]
    bad = [
        celsius > judged_by.celsius or (judged_by.inclusive and celsius == judged_by.celsius) for _, celsius in known
    ]
    good = [not is_bad and celsius <= judged_by.clear_celsius for (_, celsius), is_bad in zip(known, bad, strict=True)]
    said: list[tuple[Standing, int, int, float | None]] = []
    standing, began = Standing.UNKNOWN, 0
    for now, (at_ms, _) in enumerate(known):
        if bad[now] and standing is not BREACH:
            first = _run(known, bad, now)
            if at_ms - known[first][0] >= judged_by.for_s * 1000:
                standing, began = BREACH, first
                said.append((BREACH, known[first][0], at_ms, max(value for _, value in known[first : now + 1])))
        elif not bad[now] and standing is Standing.UNKNOWN:
            standing = FINE
            said.append((FINE, at_ms, at_ms, None))
        elif good[now] and standing is BREACH:
            first = _run(known, good, now)
            if at_ms - known[first][0] >= judged_by.clear_for_s * 1000:
                standing = FINE
                worst = max(
                    value for (_, value), is_bad in zip(known[began:now], bad[began:now], strict=True) if is_bad
                )
                said.append((FINE, known[first][0], at_ms, worst))
    return said


def _run(known: list[tuple[int, float]], holds: list[bool], now: int) -> int:
    """Return the first of the values up to `now` that all hold, with no long gap between two of them."""
    first = now
    while first and holds[first - 1] and known[first][0] - known[first - 1][0] <= GAP_S * 1000:
        first -= 1
    return first


@settings(max_examples=300, deadline=None)
@given(steps=traces, judged_by=limits)
def test_the_rule_says_what_a_look_at_the_whole_trace_says(
    steps: list[tuple[int, float | None]], judged_by: Limit
) -> None:
    trace = trace_of(steps)
    found = [
        (one.standing, one.since_ms, one.happened_ms, one.evidence.worst_celsius) for one in verdicts(trace, judged_by)
    ]
    assert found == naive(trace, judged_by)


@settings(max_examples=100, deadline=None)
@given(steps=traces, judged_by=limits)
def test_a_limit_below_mirrors_one_above(steps: list[tuple[int, float | None]], judged_by: Limit) -> None:
    trace = trace_of(steps)
    mirrored = [(at_ms, None if celsius is None else -celsius) for at_ms, celsius in trace]
    below = msgspec.structs.replace(
        judged_by, side=Side.BELOW, celsius=-judged_by.celsius, clear_celsius=-judged_by.clear_celsius
    )
    shape = [(one.standing, one.since_ms, one.happened_ms) for one in verdicts(trace, judged_by)]
    assert [(one.standing, one.since_ms, one.happened_ms) for one in verdicts(mirrored, below)] == shape


@settings(max_examples=200, deadline=None)
@given(steps=traces, judged_by=limits, at=st.integers(0, 60))
def test_a_trace_cut_anywhere_with_the_state_kept_as_json_says_the_same(
    steps: list[tuple[int, float | None]], judged_by: Limit, at: int
) -> None:
    trace = trace_of(steps)
    state = Beyond()
    for at_ms, celsius in trace[:at]:
        state, _ = step(state, judged_by, at_ms=at_ms, celsius=celsius, longest_gap_s=GAP_S)
    kept = msgspec.json.decode(msgspec.json.encode(state), type=Beyond)
    assert verdicts(trace[:at], judged_by) + verdicts(trace[at:], judged_by, kept) == verdicts(trace, judged_by)
