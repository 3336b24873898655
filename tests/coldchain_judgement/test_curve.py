"""The curve: wild values leave it as it is, and a pouring is seen in it as a look back at all of it would."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.curve import Curve, Drawn, Point, draw

MINUTE_MS = 60_000


def drawn(values: list[Point], curve: Curve | None = None) -> list[Drawn]:
    found, curve = [], curve or Curve()
    for at_ms, celsius in values:
        found.append(draw(curve, at_ms=at_ms, celsius=celsius, gap=False))
        curve = found[-1].curve
    return found


def minutes(*celsius: float) -> list[Point]:
    return [(number * MINUTE_MS, one) for number, one in enumerate(celsius)]


def test_a_single_wild_value_leaves_the_curve_as_it_is() -> None:
    assert {one.celsius for one in drawn(minutes(4, 4, 4, 9, 4, 4, 4, -30, 4, 4))} == {4}


def test_values_far_apart_draw_the_curve_as_they_are() -> None:
    slow = [(number * 6 * MINUTE_MS, float(number)) for number in range(9)]
    assert [one.celsius for one in drawn(slow)] == [one for _, one in slow]


def poured(values: list[Point]) -> list[int]:
    return [at_ms // MINUTE_MS for (at_ms, _), one in zip(values, drawn(values), strict=True) if one.poured_from]


def test_a_step_of_half_a_degree_in_three_minutes_is_a_pouring_and_says_where_it_began() -> None:
    values = minutes(*[4.0] * 10, *[4.5] * 10)
    assert poured(values) == [12]
    assert drawn(values)[12].poured_from == (11 * MINUTE_MS, 4.0)
    assert poured(minutes(*[4.0] * 10, *[4.4375] * 10)) == []


@pytest.mark.parametrize(("an_hour", "is_one"), [(1.9, False), (4.0, False), (8.5, False), (9.5, True), (60.0, True)])
def test_what_rises_by_about_ten_degrees_an_hour_is_poured_and_what_rises_slower_is_not(
    an_hour: float, is_one: bool
) -> None:
    values = minutes(*[4.0] * 10, *(4.0 + an_hour * minute / 60 for minute in range(1, 30)))
    assert bool(poured(values)) is is_one


def test_a_slow_probe_sees_a_pouring_by_its_pace() -> None:
    half_hours = [(number * 30 * MINUTE_MS, celsius) for number, celsius in enumerate([4.0, 4.0, 8.6, 8.6])]
    assert poured(half_hours) == [60]
    creeping = [(number * 30 * MINUTE_MS, celsius) for number, celsius in enumerate([4.0, 4.0, 8.4, 8.4])]
    assert poured(creeping) == []


def test_points_are_kept_one_in_ten_minutes_for_two_hours_and_begin_anew_with_a_pouring_or_a_gap() -> None:
    steady = drawn(minutes(*[4.0] * 300))
    assert [at_ms // MINUTE_MS for at_ms, _ in steady[-1].curve.points] == list(range(160, 300, 10))
    assert [one.pointed for one in steady[290:]] == [True] + [False] * 9
    curve = steady[-1].curve
    after_gap = draw(curve, at_ms=400 * MINUTE_MS, celsius=4.0, gap=True)
    assert (after_gap.pointed, after_gap.curve.points) == (True, ((400 * MINUTE_MS, 4.0),))
    warm = drawn([(minute * MINUTE_MS, 9.0) for minute in range(300, 304)], curve)
    assert warm[-1].curve.points == ((302 * MINUTE_MS, 9.0),)


def test_it_rests_once_it_has_not_fallen_for_an_hour() -> None:
    assert not Curve().rested
    assert not drawn(minutes(*[4.0] * 60))[-1].curve.rested
    assert drawn(minutes(*[4.0] * 61))[-1].curve.rested
    assert drawn(minutes(*[4.0] * 30, *[3.75] * 40))[-1].curve.rested
    assert not drawn(minutes(*[4.0] * 30, *[3.6] * 40))[-1].curve.rested


values_in_order = st.lists(
    st.tuples(st.sampled_from([1, 1, 1, 2, 5, 6, 25]), st.sampled_from([4.0, 4.25, 4.5, 5.0, 6.0, 8.0, 3.0])),
    max_size=50,
)


def in_order(steps: list[tuple[int, float]]) -> list[Point]:
    values, at_ms = [], 0
    for pause, celsius in steps:
        at_ms += pause * MINUTE_MS
        values.append((at_ms, celsius))
    return values


def naive(values: list[Point]) -> list[tuple[float, bool]]:
    """Say how high the curve is and whether milk was poured in, looking back over all of it at every value."""
    heights: list[Point] = []
    begun, found = 0, []
    for number, (at_ms, _) in enumerate(values):
        recent = sorted(celsius for ms, celsius in values[max(0, number - 4) : number + 1] if at_ms - ms <= 300_000)
        height = recent[len(recent) // 2]
        before = heights[begun:]
        near = [one for one in before if at_ms - one[0] <= 600_000] or before[-1:]
        pours = any(
            (height - low >= 0.5 and at_ms - ms <= 180_000)
            or (height - low >= 1.5 and (height - low) / (at_ms - ms) >= 1.5 / 600_000)
            for ms, low in near
        )
        if pours:
            begun = len(heights)
        heights.append((at_ms, height))
        found.append((height, pours))
    return found


@settings(max_examples=400, deadline=None)
@given(values_in_order)
def test_the_curve_says_what_a_look_back_over_all_of_it_says(steps: list[tuple[int, float]]) -> None:
    values = in_order(steps)
    assert [(one.celsius, one.poured_from is not None) for one in drawn(values)] == naive(values)


@settings(max_examples=100, deadline=None)
@given(values_in_order, st.integers(0, 50))
def test_a_curve_kept_as_json_goes_on_the_same(steps: list[tuple[int, float]], at: int) -> None:
    values = in_order(steps)
    whole = drawn(values)
    kept = whole[at - 1].curve if 0 < at <= len(whole) else Curve()
    again = msgspec.json.decode(msgspec.json.encode(kept), type=Curve)
    assert drawn(values[at:], again) == whole[at:] if at <= len(whole) else True
