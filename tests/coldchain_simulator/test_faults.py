"""Each fault of a cooler shows the sign by which a technician tells it from the others."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import correlation, mean, pstdev
from zoneinfo import ZoneInfo

import pytest

from coldchain_contract.clock import milliseconds, utc
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_simulator.climate import Climate
from coldchain_simulator.cooler import Temperatures
from coldchain_simulator.faults import Fault, FaultKind, Place
from coldchain_simulator.happenings import DoorOpening, Happening
from coldchain_simulator.plant import Plant
from coldchain_simulator.scenario import Scenario, SitePlan, UnitPlan
from coldchain_simulator.thermal import MILK_FREEZES_CELSIUS, Cabinet

BAMAKO = ZoneInfo("Africa/Bamako")
MIDNIGHT = milliseconds(datetime(2026, 5, 4, tzinfo=UTC))
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ONE, TWO = UnitId("one"), UnitId("two")
STEADY = Climate(highest=(36.0,) * 12, lowest=(36.0,) * 12, unrest_celsius=0)


def watched(
    *faults: Fault,
    days: float,
    litres: float = 20.0,
    climate: Climate = STEADY,
    cabinet: Cabinet = Cabinet(),  # noqa: B008 - a frozen value
    happenings: tuple[Happening, ...] = (),
) -> list[Temperatures]:
    """Return the truth about a cooler each minute from midnight on."""
    unit = UnitPlan(id=ONE, name="One", cabinet=cabinet, litres=litres, happenings=happenings, faults=faults)
    plant = plant_of(unit, climate=climate)
    seen: list[Temperatures] = []
    cooler = plant.cooler(ONE)
    plant.advance_to(
        MIDNIGHT + round(days * DAY),
        on_step=lambda at_ms: seen.append(cooler.temperatures()) if at_ms % MINUTE == 0 else None,
    )
    return seen


def plant_of(*units: UnitPlan, climate: Climate = STEADY) -> Plant:
    site = SitePlan(id=SiteId("site"), name="Site", zone=BAMAKO, device=DeviceId("pi"), units=units)
    return Plant(Scenario(origin_ms=MIDNIGHT, sites=(site,), climate=climate), seed=1)


def broken(kind: FaultKind, *, from_h: float, until_h: float | None = None, severity: float = 1.0) -> Fault:
    until_ms = None if until_h is None else MIDNIGHT + round(until_h * HOUR)
    return Fault(kind=kind, from_ms=MIDNIGHT + round(from_h * HOUR), until_ms=until_ms, severity=severity)


def hours(seen: Sequence[Temperatures], start: float, end: float) -> Sequence[Temperatures]:
    return seen[round(start * 60) : round(end * 60)]


def duty(seen: Sequence[Temperatures]) -> float:
    return mean(now.running for now in seen)


def switched_on(seen: Sequence[Temperatures]) -> list[int]:
    return [minute for minute, (a, b) in enumerate(pairwise(seen)) if b.running and not a.running]


def off_phases(seen: Sequence[Temperatures]) -> list[int]:
    """Return the length of each whole off-phase, in minutes."""
    ons, offs = switched_on(seen), [m for m, (a, b) in enumerate(pairwise(seen)) if a.running and not b.running]
    return [next(on for on in ons if on > off) - off for off in offs if off < ons[-1]]


def saw(seen: Sequence[Temperatures]) -> float:
    """Return how far the air swings in two hours, on average."""
    airs = [now.air for now in seen]
    windows = [airs[start : start + 120] for start in range(0, len(airs) - 119, 120)]
    return mean(max(window) - min(window) for window in windows)


def test_healthy_a_cooler_works_more_the_hotter_it_is_and_its_milk_stays_at_four() -> None:
    may = Climate(unrest_celsius=0)
    seen = watched(days=2, climate=may)
    afternoon, night = duty(hours(seen, 36, 42)), duty(hours(seen, 26, 32))
    assert afternoon > night + 0.1
    assert all(3 < now.milk < 5 for now in hours(seen, 12, 48))


def test_power_cut_every_unit_of_the_site_stops_at_once_and_warms_with_its_own_time_constant() -> None:
    cut = broken(FaultKind.POWER_CUT, from_h=12, until_h=18)
    plant = plant_of(UnitPlan(id=ONE, name="One", litres=20, faults=(cut,)), UnitPlan(id=TWO, name="Two", litres=20))
    plant.advance_to(MIDNIGHT + 13 * HOUR)
    before = {unit: plant.cooler(unit).temperatures() for unit in (ONE, TWO)}
    assert plant.site(SiteId("site")).mains is False
    plant.advance_to(MIDNIGHT + 17 * HOUR)
    for unit, then in before.items():
        now = plant.cooler(unit).temperatures()
        assert not now.running
        slope = (now.milk - then.milk) / 4
        assert slope == pytest.approx((36 - (now.milk + then.milk) / 2) / 18.7, rel=0.3)
    plant.advance_to(MIDNIGHT + 19 * HOUR)
    assert plant.site(SiteId("site")).mains
    assert plant.cooler(TWO).temperatures().running


def test_compressor_failed_one_unit_warms_though_the_site_has_power() -> None:
    failed = broken(FaultKind.COMPRESSOR_FAILED, from_h=12)
    plant = plant_of(UnitPlan(id=ONE, name="One", litres=20, faults=(failed,)), UnitPlan(id=TWO, name="Two", litres=20))
    plant.advance_to(MIDNIGHT + 20 * HOUR)
    assert plant.site(SiteId("site")).mains
    assert plant.cooler(ONE).temperatures().milk > 10
    assert plant.cooler(TWO).temperatures().milk < 5


def test_low_gas_the_compressor_never_stops_and_the_milk_follows_the_day_outside_and_creeps_up() -> None:
    seen = watched(broken(FaultKind.LOW_GAS, from_h=0), days=8, climate=Climate(unrest_celsius=0), litres=2)
    late = hours(seen, 4 * 24, 8 * 24)
    assert duty(late) > 0.97
    creep = mean(now.milk for now in hours(seen, 168, 192)) - mean(now.milk for now in hours(seen, 120, 144))
    assert 1 <= creep / 2 <= 3
    lag = 3 * 60
    assert correlation([now.ambient for now in late[:-lag]], [now.milk for now in late[lag:]]) > 0.6


def test_leaking_gasket_the_duty_rises_by_20_to_50_percent_and_off_phases_shorten() -> None:
    sound = hours(watched(days=2), 12, 48)
    leaking = hours(watched(broken(FaultKind.LEAKING_GASKET, from_h=0, severity=0.8), days=2), 12, 48)
    assert 1.2 <= duty(leaking) / duty(sound) <= 1.5
    assert mean(off_phases(leaking)) < 0.8 * mean(off_phases(sound))


def test_iced_evaporator_warms_over_days_with_longer_runs_until_it_is_defrosted() -> None:
    seen = watched(broken(FaultKind.ICED_EVAPORATOR, from_h=0, until_h=192), days=9)
    first, fifth, eighth, ninth = (hours(seen, day * 24, day * 24 + 24) for day in (0, 4, 7, 8))
    assert duty(first) < duty(hours(seen, 48, 72)) <= duty(fifth)
    assert mean(now.milk for now in first) + 1 < mean(now.milk for now in eighth)
    assert saw(eighth) < 0.5 * saw(first)
    assert mean(now.milk for now in ninth[-360:]) < 5


def test_warm_overload_the_milk_leaps_within_a_quarter_of_an_hour_and_takes_hours_to_cool() -> None:
    seen = watched(broken(FaultKind.WARM_OVERLOAD, from_h=18, severity=0.4), days=1.5)
    before, after = hours(seen, 17.9, 18)[-1], hours(seen, 18.2, 18.3)[-1]
    assert 5 <= after.milk - before.milk <= 20
    assert after.litres == pytest.approx(before.litres + 10)
    added = 10 * 1.03 * 3.93 * (36 - before.milk)
    assert (after.milk - before.milk) * 30 * 1.03 * 3.93 == pytest.approx(added, rel=0.15)
    assert hours(seen, 20, 20.1)[-1].milk > before.milk + 4
    assert seen[-1].milk < after.milk - 4


@pytest.mark.parametrize("by_fault", [True, False], ids=["left open", "opened"])
def test_door_open_the_air_leaps_and_recovers_while_the_milk_hardly_notices(by_fault: bool) -> None:
    fault = broken(FaultKind.DOOR_OPEN, from_h=12, until_h=12.06)
    opening = DoorOpening(at_ms=MIDNIGHT + 12 * HOUR, for_s=216)
    seen = watched(*([fault] if by_fault else []), days=1, litres=30, happenings=() if by_fault else (opening,))
    before = hours(seen, 11.9, 12)[-1]
    during, after = hours(seen, 12, 12.2), hours(seen, 12.5, 12.6)
    assert 3 <= max(now.air for now in during) - before.air <= 10
    assert max(now.air for now in after) < 7
    assert max(now.milk for now in hours(seen, 12, 13)) - before.milk < 0.3


def test_probe_out_of_the_milk_swings_five_times_as_much_though_the_milk_is_well() -> None:
    shown = {kind: felt_over_a_day(kind) for kind in (None, FaultKind.PROBE_OUT_OF_MILK)}
    assert pstdev(shown[FaultKind.PROBE_OUT_OF_MILK]) > 5 * pstdev(shown[None])


def test_probe_at_the_wall_follows_the_weather() -> None:
    may = Climate(unrest_celsius=0)
    felt = felt_over_a_day(FaultKind.PROBE_AT_WALL, climate=may)
    outside = [may.celsius(MIDNIGHT + DAY + minute * MINUTE) for minute in range(0, 1440, 10)]
    assert correlation(felt, outside) > 0.9
    assert mean(felt) > 8


def felt_over_a_day(kind: FaultKind | None, *, climate: Climate = STEADY) -> list[float]:
    faults = () if kind is None else (broken(kind, from_h=0),)
    plant = plant_of(UnitPlan(id=ONE, name="One", litres=30, faults=faults), climate=climate)
    milk = next(probe for probe in plant.site(SiteId("site")).probes if probe.place is Place.MILK)
    felt = []
    for minute in range(0, 1440, 10):
        plant.advance_to(MIDNIGHT + DAY + minute * MINUTE)
        felt.append(plant.felt(milk))
    return felt


def test_thermostat_too_cold_the_milk_comes_to_rest_at_its_freezing_point() -> None:
    seen = watched(broken(FaultKind.TOO_COLD, from_h=0), days=4, litres=5)
    assert min(now.milk for now in hours(seen, 0, 24)) < 1
    plateau = [now.milk for now in seen].count(MILK_FREEZES_CELSIUS)
    assert plateau > 6 * 60


@pytest.mark.parametrize("kind", FaultKind)
def test_at_severity_nothing_no_fault_but_a_power_cut_changes_anything(kind: FaultKind) -> None:
    changed = watched(broken(kind, from_h=2, severity=0.0), days=0.5) != watched(days=0.5)
    assert changed is (kind is FaultKind.POWER_CUT)


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if not kind.name.startswith("PROBE")])
def test_every_fault_of_a_cooler_changes_the_truth_and_nothing_before_it(kind: FaultKind) -> None:
    well, ill = watched(days=1), watched(broken(kind, from_h=12), days=1)
    assert well[: 12 * 60 - 1] == ill[: 12 * 60 - 1]
    assert well != ill


def test_the_instants_of_a_fault_are_the_first_it_acts_in_and_the_first_it_does_not() -> None:
    fault = broken(FaultKind.DOOR_OPEN, from_h=1, until_h=2)
    assert [fault.acts(MIDNIGHT + at) for at in (HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR)] == [False, True, True, False]
    assert utc(fault.from_ms).hour == 1
