"""The demo shows one cooler failing in time to be seen, mended in time to be seen, and all others well."""

from datetime import UTC, datetime

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import UnitId, identifier
from coldchain_simulator.cooler import Temperatures
from coldchain_simulator.demo import FAILING_UNIT, demo_scenario
from coldchain_simulator.plant import Plant

MINUTE = 60_000
ORIGINS = [
    milliseconds(datetime(2026, 1, 15, 3, tzinfo=UTC)),
    milliseconds(datetime(2026, 4, 20, 13, tzinfo=UTC)),
    milliseconds(datetime(2026, 11, 22, 20, 45, tzinfo=UTC)),
]


def minute_by_minute(origin_ms: int, *, seed: int, hours: int) -> dict[UnitId, list[Temperatures]]:
    plant = Plant(demo_scenario(origin_ms), seed=seed)
    units = [unit.id for site in plant.scenario.sites for unit in site.units]
    seen: dict[UnitId, list[Temperatures]] = {unit: [] for unit in units}
    for minute in range(hours * 60 + 1):
        plant.advance_to(origin_ms + minute * MINUTE)
        for unit in units:
            seen[unit].append(plant.cooler(unit).temperatures())
    return seen


def first(milks: list[float], *, above: float) -> int:
    return next(minute for minute, celsius in enumerate(milks) if celsius > above)


@pytest.mark.parametrize("origin_ms", ORIGINS)
@pytest.mark.parametrize("seed", [1, 7])
def test_within_five_hours_one_cooler_is_beyond_ten_for_half_an_hour_and_well_again_and_no_other_is_beyond_six(
    origin_ms: int, seed: int
) -> None:
    seen = minute_by_minute(origin_ms, seed=seed, hours=5)
    milks = [now.milk for now in seen.pop(FAILING_UNIT)]
    beyond = first(milks, above=10)
    assert 85 <= beyond <= 115
    assert all(celsius > 10 for celsius in milks[beyond : beyond + 60])
    assert all(celsius < 8 for celsius in milks[225:])
    assert all(celsius < 7 for celsius in milks[240:])
    assert all(3 <= celsius < 5 for celsius in milks[:30])
    for others in seen.values():
        assert all(1.0 < now.milk < 6.0 for now in others)


def test_on_ordinary_days_after_that_no_cooler_trips_a_limit() -> None:
    seen = minute_by_minute(ORIGINS[1], seed=7, hours=72)
    for unit, states in seen.items():
        warm = [minute for minute, now in enumerate(states) if now.milk > 8 and minute > 5 * 60]
        assert warm == [], unit


def test_the_demo_has_three_sites_of_two_units_whose_names_the_contract_allows() -> None:
    sites = demo_scenario(ORIGINS[0]).sites
    assert [site.id for site in sites] == ["menaka", "anderamboukane", "tillia"]
    assert [len(site.units) for site in sites] == [2, 2, 2]
    assert {str(site.zone) for site in sites} == {"Africa/Bamako", "Africa/Niamey"}
    names = [name for site in sites for name in (site.id, site.device, *(unit.id for unit in site.units))]
    assert [identifier(name) for name in names] == names
    assert len(set(names)) == len(names)
