"""The heat of a cooler keeps its accounts, and its times are those of the first-order model it is built on."""

import math
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_simulator.thermal import (
    MILK_FREEZES_CELSIUS,
    Cabinet,
    Heat,
    Surroundings,
    at_rest,
    drawn,
    evaporator_celsius,
    flows,
    ice_left_kg,
    iced,
    milk_celsius,
    poured,
    step,
    stored_joules,
)

HOUR = 3600.0
STEP_S = 10.0
JOINED = Cabinet(liner_air_w_per_k=400, evaporator_w_per_k=250, milk_w_per_k=30)
"""All nodes all but one, as hand-made figures take them; it needs steps of 2 s."""


def run(cabinet: Cabinet, heat: Heat, around: Surroundings, *, hours: float, seconds: float = STEP_S) -> list[Heat]:
    states = [heat]
    for _ in range(round(hours * HOUR / seconds)):
        states.append(step(cabinet, states[-1], around, seconds=seconds))
    return states


def hours_until_milk(cabinet: Cabinet, heat: Heat, around: Surroundings, *, celsius: float, seconds: float) -> float:
    rising = milk_celsius(heat) < celsius
    for count in range(1, round(100 * HOUR / seconds)):
        heat = step(cabinet, heat, around, seconds=seconds)
        if (milk_celsius(heat) >= celsius) is rising:
            return count * seconds / HOUR
    raise AssertionError(f"the milk never reached {celsius} °C")


def switchings(states: list[Heat]) -> list[int]:
    return [index for index, (a, b) in enumerate(pairwise(states), 1) if b.running and not a.running]


def duty(states: list[Heat]) -> float:
    """Return the share of time on, over whole cycles."""
    starts = switchings(states)
    whole = states[starts[0] : starts[-1]]
    return sum(state.running for state in whole) / len(whole)


starts = st.builds(
    lambda ice, milk, air, litres: (
        Cabinet(ice_kg=ice),
        at_rest(Cabinet(ice_kg=ice), celsius=milk, air_celsius=air, litres=litres),
    ),
    ice=st.floats(0, 20),
    milk=st.floats(-0.5, 40),
    air=st.floats(-10, 30),
    litres=st.floats(0.1, 100),
)
surroundings = st.builds(
    Surroundings,
    ambient_celsius=st.floats(5, 50),
    cooling_share=st.floats(0, 1),
    leak_w_per_k=st.floats(0, 6),
)


@given(starts, surroundings)
def test_what_is_stored_changes_by_what_comes_in_less_what_the_compressor_takes(
    start: tuple[Cabinet, Heat], around: Surroundings
) -> None:
    cabinet, heat = start
    before, balance = stored_joules(cabinet, heat), 0.0
    for _ in range(50):
        after = step(cabinet, heat, around, seconds=STEP_S)
        now = flows(cabinet, msgspec.structs.replace(heat, running=after.running), around)
        balance += (now.through_wall + now.through_leak - now.compressor) * STEP_S
        heat = after
    assert stored_joules(cabinet, heat) - before == pytest.approx(balance, abs=1e-3)


@pytest.mark.parametrize(("litres", "hours"), [(20, 7.0), (50, 17.4), (100, 34.9)])
def test_a_net_hundred_watts_pull_milk_from_35_to_4_in_the_hours_its_heat_takes(litres: float, hours: float) -> None:
    cabinet = msgspec.structs.replace(JOINED, ua_w_per_k=0.0, set_celsius=2.0)
    heat = at_rest(cabinet, celsius=35, litres=litres)
    found = hours_until_milk(cabinet, heat, Surroundings(ambient_celsius=40), celsius=4, seconds=2)
    extra = 20e3 * 31 / 100 / HOUR  # the empty cabinet's own heat
    assert found == pytest.approx(hours + extra, rel=0.02)


@pytest.mark.parametrize(
    ("litres", "ua", "to_8", "to_10"),
    [(0, 1.5, 0.44, 0.68), (20, 1.5, 2.2, 3.4), (50, 1.5, 4.9, 7.5), (100, 2.5, 5.8, 9.0)],
)
def test_without_power_at_40_milk_passes_8_and_10_when_the_lumped_model_says(
    litres: float, ua: float, to_8: float, to_10: float
) -> None:
    cabinet = msgspec.structs.replace(JOINED, ua_w_per_k=ua)
    heat, dark = at_rest(cabinet, celsius=4, litres=litres), Surroundings(ambient_celsius=40, powered=False)
    for celsius, hours in ((8, to_8), (10, to_10)):
        assert hours_until_milk(cabinet, heat, dark, celsius=celsius, seconds=2) == pytest.approx(hours, rel=0.04)


@pytest.mark.parametrize(
    ("litres", "ua", "to_8", "to_10"),
    [(0, 1.5, 0.44, 0.68), (20, 1.5, 2.2, 3.4), (50, 1.5, 4.9, 7.5), (100, 2.5, 5.8, 9.0)],
)
def test_a_real_cabinet_keeps_its_milk_a_little_longer_than_the_lumped_model(
    litres: float, ua: float, to_8: float, to_10: float
) -> None:
    cabinet = Cabinet(ua_w_per_k=ua)
    heat, dark = at_rest(cabinet, celsius=4, litres=litres), Surroundings(ambient_celsius=40, powered=False)
    for celsius, hours in ((8, to_8), (10, to_10)):
        found = hours_until_milk(cabinet, heat, dark, celsius=celsius, seconds=STEP_S)
        assert 0.95 * hours <= found <= 1.3 * hours


@pytest.mark.parametrize(("litres", "ua", "tau"), [(0, 1.5, 3.7), (20, 1.5, 18.7), (50, 1.5, 41.0), (100, 2.5, 49.0)])
def test_a_cooler_that_is_off_loses_its_cold_with_the_time_constant_of_its_contents(
    litres: float, ua: float, tau: float
) -> None:
    cabinet = msgspec.structs.replace(JOINED, ua_w_per_k=ua)
    dark = Surroundings(ambient_celsius=40, powered=False)
    states = run(cabinet, at_rest(cabinet, celsius=4, litres=litres), dark, hours=tau, seconds=2)
    assert (40 - milk_celsius(states[-1])) / 36 == pytest.approx(math.exp(-1), rel=0.04)


@pytest.mark.parametrize(("kilograms", "hours"), [(5, 8), (10, 16), (20, 33)])
def test_ice_holds_at_40_degrees_for_its_hours(kilograms: float, hours: float) -> None:
    cabinet = Cabinet(ice_kg=kilograms)
    dark = Surroundings(ambient_celsius=40, powered=False)
    heat, passed = at_rest(cabinet, celsius=3, litres=20), 0.0
    while ice_left_kg(heat) > 0:
        assert evaporator_celsius(cabinet, heat) == pytest.approx(0, abs=0.01)
        heat = step(cabinet, heat, dark, seconds=STEP_S)
        passed += STEP_S / HOUR
    assert passed == pytest.approx(hours, rel=0.06)


@pytest.mark.parametrize(
    ("ua", "ambient", "share"),
    [
        (1.5, 30, 0.39),
        (1.5, 35, 0.47),
        (1.5, 40, 0.54),
        (1.5, 45, 0.61),
        (2.5, 30, 0.65),
        (2.5, 35, 0.78),
        (2.5, 40, 0.90),
    ],
)
def test_the_compressor_runs_for_the_share_of_time_the_heat_outside_asks(
    ua: float, ambient: float, share: float
) -> None:
    cabinet = Cabinet(ua_w_per_k=ua)
    states = run(cabinet, at_rest(cabinet, celsius=4, litres=0), Surroundings(ambient_celsius=ambient), hours=24)
    assert duty(states[len(states) // 4 :]) == pytest.approx(share, abs=0.02)


def test_a_cooler_too_leaky_for_45_degrees_never_stops_and_does_not_hold() -> None:
    cabinet = Cabinet(ua_w_per_k=2.5)
    states = run(cabinet, at_rest(cabinet, celsius=4, litres=0), Surroundings(ambient_celsius=45), hours=48)
    assert all(state.running for state in states[len(states) // 2 :])
    assert states[-1].air_celsius == pytest.approx(45 - 100 / 2.5, abs=0.5)


@pytest.mark.parametrize(("ambient", "on", "off"), [(30, 25, 38), (45, 39, 24)])
def test_a_heavier_cabinet_cycles_once_an_hour(ambient: float, on: float, off: float) -> None:
    cabinet = Cabinet(liner_kj_per_k=23.0)  # with air and evaporator the 30 kJ/K of the figures
    states = run(cabinet, at_rest(cabinet, celsius=4, litres=0), Surroundings(ambient_celsius=ambient), hours=24)
    starts = switchings(states)
    period = (starts[-1] - starts[0]) / (len(starts) - 1) * STEP_S / 60
    assert period == pytest.approx(on + off, rel=0.2)
    assert duty(states) * period == pytest.approx(on, rel=0.2)


def test_air_saws_by_2_to_4_degrees_while_the_milk_hardly_stirs() -> None:
    cabinet = Cabinet()
    states = run(cabinet, at_rest(cabinet, celsius=4, litres=20), Surroundings(ambient_celsius=38), hours=24)[4000:]
    airs, milks = [state.air_celsius for state in states], [milk_celsius(state) for state in states]
    assert 2 <= max(airs) - min(airs) <= 4
    assert max(milks) - min(milks) < 0.3
    starts = switchings(states)
    assert 20 <= (starts[-1] - starts[0]) / (len(starts) - 1) * STEP_S / 60 <= 90


def test_freezing_milk_stays_at_its_freezing_point_until_all_of_it_is_frozen() -> None:
    cabinet = Cabinet(set_celsius=-15.0, cooling_w=300.0)
    heat, plateau = at_rest(cabinet, celsius=4, litres=1), 0.0
    while milk_celsius(heat) > -3:
        heat = step(cabinet, heat, Surroundings(ambient_celsius=20), seconds=STEP_S)
        plateau += STEP_S * (milk_celsius(heat) == MILK_FREEZES_CELSIUS)
    assert plateau > HOUR


def test_milk_poured_in_mixes_and_milk_drawn_leaves_the_rest_as_warm_as_it_was() -> None:
    heat = at_rest(Cabinet(), celsius=4, litres=10)
    mixed = poured(heat, litres=20, celsius=34)
    assert milk_celsius(mixed) == pytest.approx(24)
    less = drawn(mixed, litres=25)
    assert [less.litres, milk_celsius(less)] == pytest.approx([5, 24])
    empty = drawn(less, litres=50)
    assert (empty.litres, milk_celsius(empty)) == (0, empty.air_celsius)


def test_ice_laid_on_a_warm_evaporator_brings_it_to_zero_and_melts_by_what_that_took() -> None:
    cabinet = Cabinet()
    heat = iced(at_rest(cabinet, celsius=10, litres=5), kilograms=5)
    assert evaporator_celsius(cabinet, heat) == 0
    assert ice_left_kg(heat) == pytest.approx(5 - 4e3 * 10 / 334e3)
