"""What a fault did to the milk: the keeping time it used beyond its twin's, and whether it froze."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_app.evaluation.harm import Injury, injuries, share_an_hour
from coldchain_app.evaluation.traces import Case, Subject, Trace, Truth

HOUR, MINUTE_MS = 60, 60_000
MILK, PROBE = frozenset({Subject.MILK}), frozenset({Subject.PROBE})


def case(from_h: float, until_h: float, *, explains: frozenset[Subject] = MILK) -> Case:
    return Case(
        kind="broken",
        from_ms=round(from_h * 60) * MINUTE_MS,
        until_ms=round(until_h * 60) * MINUTE_MS,
        explains=explains,
    )


def injured(
    milk: list[float], *cases: Case, twin: list[float] | None = None, litres: list[float] | None = None
) -> list[Injury]:
    truth = Truth(begins_ms=0, milk=milk, twin=twin or [4.0] * len(milk), litres=litres or [20.0] * len(milk))
    return injuries(Trace(unit="one", cooler="good", readings=[], cases=cases, truth=truth))


@pytest.mark.parametrize(
    ("celsius", "hours"),
    [(-5, 81), (4, 81), (8, 43), (10, 32), (15, 17), (20, 9), (25, 6), (30, 4.4), (37, 3.5), (45, 3.5)],
)
def test_an_hour_uses_the_inverse_of_the_hours_milk_keeps_at_that_temperature(celsius: float, hours: float) -> None:
    assert share_an_hour(celsius) == pytest.approx(1 / hours)


@given(st.floats(-10, 50), st.floats(0, 5))
def test_warmer_milk_never_keeps_longer(celsius: float, more: float) -> None:
    assert share_an_hour(celsius + more) >= share_an_hour(celsius)


def test_milk_at_thirty_degrees_beside_a_twin_at_four_is_spoilt_when_a_quarter_of_its_time_is_used() -> None:
    [found] = injured([30.0] * 10 * HOUR, case(1, 9))
    needed_h = 0.25 / (1 / 4.4 - 1 / 81)
    assert found.harm_ms is not None
    assert found.harm_ms / MINUTE_MS == pytest.approx((1 + needed_h) * 60, abs=1)


def test_what_the_twin_suffers_too_is_no_work_of_the_fault() -> None:
    [found] = injured([30.0] * 10 * HOUR, case(1, 9), twin=[30.0] * 10 * HOUR)
    assert found.harm_ms is None
    assert not found.spoiling


def test_keeping_time_begins_anew_where_the_cooler_was_emptied() -> None:
    litres = ([20.0] * 59 + [0.0]) * 10
    [found] = injured([30.0] * 10 * HOUR, case(0, 9), litres=litres)
    assert found.harm_ms is None


def test_milk_frozen_for_an_hour_is_harmed_and_milk_frozen_for_less_is_not() -> None:
    cold = [4.0] * HOUR + [-0.54] * HOUR + [4.0] * 8 * HOUR
    [frozen] = injured(cold, case(0.5, 3))
    assert frozen.harm_ms == (2 * HOUR - 1) * MINUTE_MS
    [nearly] = injured([4.0] * HOUR + [-0.54] * (HOUR - 1) + [4.0] * 8 * HOUR, case(0.5, 3))
    assert nearly.harm_ms is None


def test_milk_that_froze_in_the_twin_too_is_no_work_of_the_fault() -> None:
    frozen = [-0.54] * 5 * HOUR
    [found] = injured(frozen, case(0, 4), twin=frozen)
    assert found.harm_ms is None


def test_a_fault_explains_alarms_until_the_milk_is_as_its_twins_again_and_two_hours_more() -> None:
    [found] = injured([4.0] * HOUR + [9.0] * 4 * HOUR + [4.4] * 10 * HOUR, case(1, 2))
    assert found.over_ms == (5 + 2) * HOUR * MINUTE_MS


def test_a_fault_explains_nothing_any_more_once_the_next_begins() -> None:
    first, second = injured([9.0] * 20 * HOUR, case(1, 2), case(6, 7))
    assert first.over_ms == 6 * HOUR * MINUTE_MS
    assert second.over_ms > first.over_ms


def test_a_fault_of_a_probe_harms_no_milk() -> None:
    [found] = injured([30.0] * 10 * HOUR, case(1, 9, explains=PROBE))
    assert found.harm_ms is None
    assert found.over_ms == (9 + 2) * HOUR * MINUTE_MS


def test_of_a_recording_the_label_says_whether_milk_was_spoilt() -> None:
    for spoiling, harm_ms in ((True, 120 * MINUTE_MS), (False, None)):
        label = Case(kind="x", from_ms=0, until_ms=120 * MINUTE_MS, explains=MILK, spoiling=spoiling)
        [found] = injuries(Trace(unit="one", cooler="recorded", readings=[], cases=(label,)))
        assert found.harm_ms == harm_ms
