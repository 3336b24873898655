"""Jumps: what leapt and came back counts for nothing, what stayed was real, and nothing real is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.limits import Level
from coldchain_judgement.rules.jump import Jumps, Value, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
FINE, BREACH = Standing.FINE, Standing.BREACH


def followed(values: list[Value]) -> tuple[list[Value], list[Verdict], Jumps]:
    state = Jumps()
    counted: list[Value] = []
    said: list[Verdict] = []
    for at_ms, celsius in values:
        state, count, verdict = step(state, at_ms=at_ms, celsius=celsius)
        counted += count
        said += [verdict] if verdict else []
    return counted, said, state


def minutes(*celsius: float, every: int = 1) -> list[Value]:
    return [(number * every * MINUTE_MS, one) for number, one in enumerate(celsius)]


def counted(*celsius: float, every: int = 1) -> list[float]:
    return [one for _, one in followed(minutes(*celsius, every=every))[0]]


def test_a_value_that_leaps_and_comes_back_counts_for_nothing() -> None:
    assert counted(4.0, 4.1, 30.0, 4.0, 4.2) == [4.0, 4.1, 4.0, 4.2]
    assert counted(4.0, -20.0, -21.0, 4.0) == [4.0, 4.0]


def test_five_degrees_are_no_leap_and_more_are() -> None:
    assert counted(4.0, 9.0, 4.0) == [4.0, 9.0, 4.0]
    assert counted(4.0, 9.1, 4.0) == [4.0, 4.0]
    assert counted(9.1, 4.0, 9.1) == [9.1, 9.1]


def test_three_in_a_row_were_real_and_all_of_them_count_in_order() -> None:
    assert counted(4.0, 20.0, 22.0) == [4.0]
    assert counted(4.0, 20.0, 22.0, 24.0, 23.0) == [4.0, 20.0, 22.0, 24.0, 23.0]
    assert counted(4.0, 20.0, 22.0, 24.0, 4.0, 4.0, 4.0) == [4.0, 20.0, 22.0, 24.0, 4.0, 4.0, 4.0]


def test_values_more_than_five_minutes_apart_are_no_neighbours() -> None:
    assert counted(4.0, 20.0, 4.0, every=5) == [4.0, 4.0]
    assert counted(4.0, 20.0, 4.0, every=6) == [4.0, 20.0, 4.0]


def test_what_leapt_before_a_pause_is_settled_by_the_next_value_after_it() -> None:
    begun = [(0, 4.0), (MINUTE_MS, 30.0)]
    later = 60 * MINUTE_MS
    assert [one for _, one in followed([*begun, (later, 4.5)])[0]] == [4.0, 4.5]
    real = followed([*begun, (later, 29.0), (later + MINUTE_MS, 28.0)])
    assert [one for _, one in real[0]] == [4.0, 30.0, 29.0, 28.0]


def leaps(times: int, *, calm: int = 10) -> list[float]:
    return [4.0, *([30.0] + [4.0] * calm) * times]


def test_three_leaps_in_an_hour_are_a_probe_to_see_to_and_two_are_not() -> None:
    assert [one.standing for one in followed(minutes(*leaps(2)))[1]] == [FINE]
    found = followed(minutes(*leaps(3)))[1]
    assert [(one.standing, one.why, one.level) for one in found[1:]] == [(BREACH, Why.JUMP, Level.WARNING)]
    assert found[1].since_ms == MINUTE_MS
    assert found[1].happened_ms == 24 * MINUTE_MS
    assert [one.standing for one in followed(minutes(*leaps(3, calm=35)))[1]] == [FINE]


def test_an_hour_without_a_leap_ends_it_and_one_more_leap_in_it_does_not() -> None:
    trace = leaps(3)
    last_leap = len(trace) - 11
    calm = [4.0] * 60
    assert [one.standing for one in followed(minutes(*trace, *calm[: 60 - 10]))[1]] == [FINE, BREACH]
    over = followed(minutes(*trace, *calm[: 61 - 10]))[1]
    assert [one.standing for one in over] == [FINE, BREACH, FINE]
    assert over[-1].why is Why.PROBE_MENDED
    assert over[-1].happened_ms == (last_leap + 61) * MINUTE_MS
    assert [one.standing for one in followed(minutes(*trace, *calm[:40], 30.0, *calm))[1]] == [FINE, BREACH]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 4, 5, 6, 40]), st.sampled_from([4.0, 8.0, 9.5, 20.0, -30.0])), max_size=40)
)
def test_every_value_counts_once_in_order_or_came_back(steps: list[tuple[int, float]]) -> None:
    values, at_ms = [], 0
    for pause, celsius in steps:
        at_ms += pause * MINUTE_MS
        values.append((at_ms, celsius))
    found, _, state = followed(values)
    assert [value for value in values if value in found] == found
    gone = [number for number, value in enumerate(values) if value not in found and value not in state.aside]
    for number in gone:
        before = max((value for value in found if value < values[number]), key=lambda value: value[0])
        assert abs(values[number][1] - before[1]) > 5
        after = next(value for value in found if value > values[number])
        assert abs(after[1] - before[1]) <= 5
    assert len(state.aside) < 3


def test_what_is_said_of_leaps_names_the_value_it_was_said_at() -> None:
    _, said, _ = followed(minutes(4.0, 30.0, 4.1, 30.0, 4.2, 30.0, 4.3))
    assert [(one.standing, one.evidence.celsius) for one in said] == [(FINE, 4.0), (BREACH, 4.3)]
