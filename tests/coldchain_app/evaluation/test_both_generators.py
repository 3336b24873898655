"""Both generators: the same from the same seed, every fault equally often, a twin without it, and ordinary life."""

import ast
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from coldchain_app.evaluation import lumped
from coldchain_app.evaluation.evaluating import GENERATORS, trace_of
from coldchain_app.evaluation.harm import injuries
from coldchain_app.evaluation.lumped.drawing import drawn_life
from coldchain_app.evaluation.parameters import committed, shortened
from coldchain_app.evaluation.simulated.drawing import drawn
from coldchain_app.evaluation.traces import Case, Heard, Subject, Trace

DAY = 1440
PARAMETERS = committed()
SHORT = shortened(PARAMETERS, units=30, days=14)
both = pytest.mark.parametrize("generator", GENERATORS)


@cache
def short(generator: str, unit: int) -> Trace:
    """Return two weeks of one unit, the second with its first fault."""
    return trace_of(generator, unit, SHORT)


def unit_with(generator: str, kind: str) -> Trace:
    """Return the first unit whose first fault is of `kind`."""
    for unit in range(30):
        trace = short(generator, unit)
        if trace.cases and trace.cases[0].kind == kind:
            return trace
    raise AssertionError(f"no unit begins with {kind}")


@both
def test_the_same_unit_is_the_same_every_time_and_another_is_not(generator: str) -> None:
    week = shortened(PARAMETERS, units=30, days=2)
    assert trace_of(generator, 3, week) == trace_of(generator, 3, week)
    assert trace_of(generator, 3, week).readings != trace_of(generator, 4, week).readings


@both
def test_every_kind_of_fault_comes_equally_often_each_after_a_week_and_days_apart(generator: str) -> None:
    cases = [cases_of(generator, unit) for unit in range(30)]
    often = Counter(case.kind for unit in cases for case in unit)
    assert max(often.values()) - min(often.values()) <= 1
    kinds = PARAMETERS.first.faults if generator == "first" else PARAMETERS.second.faults
    assert often.keys() == kinds.keys()
    for unit in cases:
        assert unit[0].from_ms >= PARAMETERS.season.begins_ms + 7 * 86_400_000
        for earlier, later in pairwise(unit):
            assert later.from_ms - earlier.until_ms > 86_400_000


def cases_of(generator: str, unit: int) -> tuple[Case, ...]:
    season = PARAMETERS.season
    if generator == "first":
        return tuple(fault.case for fault in drawn(unit, PARAMETERS.first, season).faults)
    life = drawn_life(unit, PARAMETERS.second, season)
    return tuple(trouble.case(season.begins_ms) for trouble in life.troubles)


@both
def test_until_the_first_fault_the_twin_is_the_cooler_itself(generator: str) -> None:
    for unit in (0, 15):
        trace = short(generator, unit)
        truth = trace.truth
        assert truth is not None
        well = truth.minute(trace.cases[0].from_ms)
        assert truth.milk[:well] == truth.twin[:well]


@both
def test_a_hundred_watts_leave_an_evening_of_milk_warm_for_most_of_the_night_and_no_fault_is_blamed(
    generator: str,
) -> None:
    trace = next(short(generator, unit) for unit in range(30) if short_is_small(generator, unit))
    truth = trace.truth
    assert truth is not None
    week = truth.milk[: 7 * DAY]
    assert sum(celsius > 8 for celsius in week) > len(week) / 2
    assert min(week) < 8
    quiet = [injury for injury in injuries(trace) if injury.case.from_ms < truth.begins_ms + 7 * DAY * 60_000]
    assert quiet == []


def short_is_small(generator: str, unit: int) -> bool:
    return short(generator, unit).cooler == "100 W"


@both
def test_in_ordinary_life_milk_comes_warm_twice_a_day_is_cooled_and_sold(generator: str) -> None:
    truth = short(generator, 0).truth
    assert truth is not None
    for day in range(1, 7):
        milk, litres = (column[day * DAY : (day + 1) * DAY] for column in (truth.milk, truth.litres))
        assert max(milk) > 15
        assert min(milk) < 6
        assert max(litres) > 5
        assert min(litres) < 0.5 * max(litres)


def test_each_fault_of_the_first_shows_in_its_own_way() -> None:
    assert _share(unit_with("first", "probe-fails"), lambda one: one.celsius is None) == 1.0
    assert 0 < _share(unit_with("first", "probe-flickers"), lambda one: one.celsius is None) < 0.5
    assert _share(unit_with("first", "power-cut"), lambda one: not one.mains) == 1.0
    assert _heard(unit_with("first", "power-cut-without-battery")) == []
    for kind in ("compressor-dies", "thermostat-warm", "overload", "long-power-cut"):
        assert _warmer_by(unit_with("first", kind)) > 2, kind
    assert _warmer_by(unit_with("first", "thermostat-cold")) < -1


def test_each_trouble_of_the_second_shows_in_its_own_way() -> None:
    assert 0.6 < _share(unit_with("second", "lead-breaks"), lambda one: one.celsius is None) < 1.0
    assert 0.02 < _share(unit_with("second", "power-comes-and-goes"), lambda one: one.mains) < 0.6
    assert len(_heard(unit_with("second", "power-comes-and-goes-without-battery"))) > 0
    for kind in ("compressor-fades", "relay-sticks", "gas-leaks", "double-delivery", "lid-ajar"):
        assert _warmer_by(unit_with("second", kind)) > 1, kind
    assert _warmer_by(unit_with("second", "never-stops")) < -1


def test_half_of_the_second_turn_their_compressors_up_and_down_and_some_of_its_readings_are_never_taken() -> None:
    boxes = [drawn_life(unit, PARAMETERS.second, PARAMETERS.season).box for unit in range(30)]
    assert sum(box.inverter for box in boxes) == 15
    heard = short("second", 0).readings
    gaps = sum(later.at_ms - earlier.at_ms > 60_000 for earlier, later in pairwise(heard))
    assert 0.005 < gaps / len(heard) < 0.02


@both
def test_a_bad_probe_leaves_the_milk_as_it_is(generator: str) -> None:
    kinds = ("probe-flickers", "probe-out-of-milk") if generator == "first" else ("probe-spikes", "probe-falls-out")
    for kind in kinds:
        trace = unit_with(generator, kind)
        assert trace.truth is not None
        assert trace.truth.milk == trace.truth.twin
        assert trace.cases[0].explains == {Subject.PROBE}


def test_the_second_shares_no_code_with_the_first_or_with_the_simulator() -> None:
    assert lumped.__file__ is not None
    for file in Path(lumped.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                assert not node.module.startswith(("coldchain_simulator", "coldchain_app.evaluation.simulated")), file


def _heard(trace: Trace) -> list[Heard]:
    """Return what was heard in the first fault."""
    return [one for one in trace.readings if trace.cases[0].from_ms < one.at_ms <= trace.cases[0].until_ms]


def _share(trace: Trace, is_so: Callable[[Heard], bool]) -> float:
    heard = _heard(trace)
    return sum(map(is_so, heard)) / len(heard)


def _warmer_by(trace: Trace) -> float:
    """Return how far the milk was from its twin's at most in the first fault, in °C."""
    truth, case = trace.truth, trace.cases[0]
    assert truth is not None
    within = range(truth.minute(case.from_ms), truth.minute(case.until_ms))
    return max((truth.milk[minute] - truth.twin[minute] for minute in within), key=abs)
