"""A plant is one truth: whatever the steps it is asked for, and with power as its sites have it."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, probe_urn, urn_of_kernel_name
from coldchain_simulator.errors import UnknownUnit
from coldchain_simulator.events import Event
from coldchain_simulator.faults import Fault, FaultKind, Place, ProbeFault, ProbeFaultKind
from coldchain_simulator.happenings import Drawing, Fill, Habit, IceLaid
from coldchain_simulator.plant import Plant
from coldchain_simulator.power import Battery, Grid
from coldchain_simulator.scenario import Scenario, SitePlan, UnitPlan

ORIGIN = 1_776_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
UNIT, SITE, PI = UnitId("one"), SiteId("site"), DeviceId("pi")


def plant(*, seed: int = 1, grid: Grid | None = None, battery: Battery | None = None, **unit: object) -> Plant:
    plan = UnitPlan(id=UNIT, name="One", litres=15, **unit)  # type: ignore[arg-type]
    site = SitePlan(
        id=SITE,
        name="Site",
        zone=ZoneInfo("Africa/Niamey"),
        device=PI,
        units=(plan,),
        grid=grid or Grid(),
        battery=battery,
    )
    return Plant(Scenario(origin_ms=ORIGIN, sites=(site,)), seed=seed)


def truth(simulated: Plant) -> tuple[object, ...]:
    site = simulated.site(SITE)
    shown = [simulated.shown(probe, last_good_celsius=4).text for probe in site.probes]
    return (simulated.at_ms, simulated.cooler(UNIT).heat, site.mains, site.charge, *shown)


def busy(seed: int = 1) -> Plant:
    return plant(seed=seed, grid=Grid(cuts_a_day=4), battery=Battery(), habit=Habit())


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 6 * HOUR), max_size=30))
def test_the_truth_does_not_depend_on_how_it_is_asked_for(instants: list[int]) -> None:
    at_once, in_steps = busy(), busy()
    at_once.advance_to(ORIGIN + 6 * HOUR)
    for instant in sorted(instants):
        in_steps.advance_to(ORIGIN + instant)
    in_steps.advance_to(ORIGIN + 6 * HOUR)
    assert truth(at_once) == truth(in_steps)


def test_another_seed_is_another_truth_with_other_probes() -> None:
    one, other = busy(1), busy(2)
    for each in (one, other):
        each.advance_to(ORIGIN + 12 * HOUR)
    assert truth(one) != truth(other)
    assert not {p.urn for p in one.site(SITE).probes} & {p.urn for p in other.site(SITE).probes}


def test_a_step_that_has_not_ended_is_not_taken() -> None:
    simulated = busy()
    simulated.advance_to(ORIGIN + 9_999)
    assert simulated.at_ms == ORIGIN
    simulated.advance_to(ORIGIN + 10_000)
    assert simulated.at_ms == ORIGIN + 10_000


def test_a_plant_never_goes_back() -> None:
    simulated = busy()
    simulated.advance_to(ORIGIN + HOUR)
    before = truth(simulated)
    simulated.advance_to(ORIGIN)
    assert truth(simulated) == before


def test_probes_have_names_of_genuine_parts_and_sit_where_the_plan_says() -> None:
    probes = busy().site(SITE).probes
    assert [probe.place for probe in probes] == [Place.MILK, Place.AIR, Place.AMBIENT]
    for probe in probes:
        assert probe.kernel_name.startswith("28-0000")
        assert urn_of_kernel_name(probe.kernel_name) == probe_urn(probe.urn) == probe.urn
        assert probe.urn[-6:-2] == "0000"


def test_a_probe_is_off_by_its_own_small_error_and_noise() -> None:
    simulated = plant()
    simulated.advance_to(ORIGIN + HOUR)
    milk = simulated.site(SITE).probes[0]
    off = []
    for minute in range(60, 120):
        simulated.advance_to(ORIGIN + minute * MINUTE)
        off.append(simulated.felt(milk) - simulated.cooler(UNIT).temperatures().milk)
    assert 0.01 < max(off) - min(off) < 0.3
    assert all(abs(each) < 0.5 for each in off)


def cut(*, from_h: float, until_h: float) -> Fault:
    return Fault(
        kind=FaultKind.POWER_CUT, from_ms=ORIGIN + round(from_h * HOUR), until_ms=ORIGIN + round(until_h * HOUR)
    )


def test_a_device_without_battery_dies_with_the_mains_and_comes_back_with_them() -> None:
    simulated = plant(faults=(cut(from_h=1, until_h=2),))
    states = []
    for hours in (0.9, 1.5, 2.1):
        simulated.advance_to(ORIGIN + round(hours * HOUR))
        states.append(simulated.powered(PI))
    assert states == [True, False, True]


def test_a_battery_carries_a_device_for_its_hours_and_charges_again() -> None:
    simulated = plant(faults=(cut(from_h=1, until_h=6),), battery=Battery(lasts_s=3 * 3600, charges_s=2 * 3600))
    states = []
    for hours in (3.9, 4.1, 6.1, 7):
        simulated.advance_to(ORIGIN + round(hours * HOUR))
        states.append((simulated.powered(PI), round(simulated.site(SITE).charge, 1)))
    assert states == [(True, 0.0), (False, 0.0), (True, 0.1), (True, 0.5)]


def test_drawn_cuts_come_as_often_as_the_grid_says() -> None:
    grid = Grid(cuts_a_day=2, median_minutes=60, spread=0.5)
    days = 200
    dark = sum(grid.cut(ORIGIN + minute * 10 * MINUTE, key="k") for minute in range(days * 144)) / 144 / days
    assert 0.06 < dark < 0.12
    assert not any(Grid().cut(ORIGIN + hour * HOUR, key="k") for hour in range(100))


def test_a_cut_may_last_over_midnight() -> None:
    grid, midnights = Grid(cuts_a_day=1, median_minutes=300), range(ORIGIN // DAY * DAY, ORIGIN + 30 * DAY, DAY)
    assert any(grid.cut(at - 1, key="k") and grid.cut(at, key="k") for at in midnights)


def test_events_tell_what_began_and_ended_in_order() -> None:
    simulated = plant(
        happenings=(
            Fill(at_ms=ORIGIN + MINUTE, litres=3),
            IceLaid(at_ms=ORIGIN + 2 * MINUTE, kilograms=2),
            Drawing(at_ms=ORIGIN + 30 * MINUTE),
        ),
        faults=(cut(from_h=1, until_h=2),),
    )
    events: list[Event] = []
    simulated.advance_to(ORIGIN + 3 * HOUR, on_event=events.append)
    assert [(event.subject, event.what, event.detail) for event in events] == [
        ("one", "fill", "3.0 L at 35.0 °C"),
        ("one", "ice", "2.0 kg"),
        ("one", "drawing", "all"),
        ("site", "mains off", ""),
        ("pi", "device off", ""),
        ("one", "fault", "power-cut"),
        ("site", "mains on", ""),
        ("pi", "device on", ""),
        ("one", "mended", "power-cut"),
    ]
    assert simulated.cooler(UNIT).temperatures().litres == 0


def test_a_probe_fault_is_of_one_place_and_the_one_added_last_wins() -> None:
    simulated = plant()
    milk, air, _ = simulated.site(SITE).probes
    for kind in (ProbeFaultKind.CRC, ProbeFaultKind.ZERO):
        simulated.inject(UNIT, ProbeFault(kind=kind, place=Place.MILK, from_ms=ORIGIN, until_ms=ORIGIN + HOUR))
    assert simulated.fault_of(milk) is ProbeFaultKind.ZERO
    assert simulated.fault_of(air) is None
    simulated.advance_to(ORIGIN + HOUR)
    assert simulated.fault_of(milk) is None


def test_unknown_names_are_answered_with_those_there_are() -> None:
    simulated = plant()
    with pytest.raises(UnknownUnit, match="one"):
        simulated.inject(UnitId("two"), cut(from_h=1, until_h=2))
    with pytest.raises(UnknownUnit, match="pi"):
        simulated.powered(DeviceId("nobody"))
    with pytest.raises(UnknownUnit, match="site"):
        simulated.site(SiteId("elsewhere"))
