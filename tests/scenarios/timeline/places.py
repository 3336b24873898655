"""The sites of stories: one with two coolers and two people, or many with one cooler each."""

from datetime import time
from zoneinfo import ZoneInfo

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Contact, Device, EscalationStep, Fleet, Place, Placement, Role, Unit, UnitKind
from coldchain_server.fleet.model import Site as FleetSite
from coldchain_simulator.climate import Climate
from coldchain_simulator.plant import Plant
from coldchain_simulator.power import Battery
from coldchain_simulator.scenario import Scenario, SitePlan, UnitPlan
from coldchain_simulator.thermal import Cabinet
from scenarios.timeline.village import MINUTE_MS, device_of
from scenarios.timeline.world import ORIGIN_MS, ZONE

GOOD = Cabinet(cooling_w=300.0, holds_litres=60.0)
HUNDRED_WATTS = Cabinet(cooling_w=100.0, ua_w_per_k=1.0, holds_litres=60.0)
"""As small as household coolers are."""

_CURFEW_FROM, _CURFEW_TO = time(18), time(6)  # what a fleet file means where it says nothing

AT_FORTY_DEGREES = Climate(highest=(40.0,) * 12, lowest=(40.0,) * 12, unrest_celsius=0.0)
APRIL = Climate(unrest_celsius=0.0)


def cooler(name: str, cabinet: Cabinet = GOOD, *, litres: float = 0.0) -> UnitPlan:
    return UnitPlan(id=UnitId(name), name=name, cabinet=cabinet, litres=litres, celsius=4.0)


def menaka(*units: UnitPlan, battery: bool = True, climate: Climate = APRIL) -> Scenario:
    """Return one site with these coolers."""
    return Scenario(origin_ms=ORIGIN_MS, climate=climate, sites=(_site("menaka", units, battery=battery),))


def many(sites: int) -> Scenario:
    """Return sites with one cooler each."""
    names = [f"site-{number}" for number in range(1, sites + 1)]
    plans = tuple(_site(name, (cooler(f"{name}-1", litres=20.0),), battery=True) for name in names)
    return Scenario(origin_ms=ORIGIN_MS, climate=APRIL, sites=plans, step_s=20)


def fleet_of(
    scenario: Scenario,
    *contacts: Contact,
    escalation: tuple[tuple[str, int], ...] = (),
    collected_at: tuple[time, ...] = (),
) -> Fleet:
    """Return the fleet of a scenario; where no contacts are given, Aminata and the technician Moussa hear of all.

    `escalation` is who hears after how many minutes; people hear by their roles where it is empty. Milk is collected at
    `collected_at`; nobody is told of the time it has left where that is empty.
    """
    steps = tuple(EscalationStep(after_s=60 * minutes, contacts=(who,)) for who, minutes in escalation)
    plant = Plant(scenario, seed=7)
    sites = tuple(plan.id for plan in scenario.sites)
    return Fleet(
        sites={
            plan.id: FleetSite(
                id=plan.id,
                name=plan.name,
                zone=plan.zone,
                curfew_from=_CURFEW_FROM,
                curfew_to=_CURFEW_TO,
                escalation=steps,
                collected_at=collected_at,
            )
            for plan in scenario.sites
        },
        units={
            unit.id: Unit(id=unit.id, site=plan.id, name=unit.name, kind=UnitKind.COOLER, profile="daily")
            for plan in scenario.sites
            for unit in plan.units
        },
        devices={plan.device: Device(id=plan.device, site=plan.id, report_s=600) for plan in scenario.sites},
        placements=tuple(
            Placement(
                probe=probe.urn,
                unit=probe.unit,
                device=site.plan.device,
                place=Place(probe.place.value),
                lowest_celsius=-10,
                highest_celsius=60,
                from_ms=ORIGIN_MS - MINUTE_MS,
            )
            for site in plant.sites.values()
            for probe in site.probes
        ),
        contacts=contacts or (person("aminata", Role.COOPERATIVE, *sites), person("moussa", Role.TECHNICIAN, *sites)),
        profiles=builtin_profiles(),
    )


def person(name: str, role: Role, *sites: SiteId) -> Contact:
    return Contact(
        id=name,
        name=name.title(),
        language="fr",
        role=role,
        sites=sites,
        channels=("console:",),
        phone=f"+223{sum(map(ord, name)):08}",
    )


def _site(name: str, units: tuple[UnitPlan, ...], *, battery: bool) -> SitePlan:
    return SitePlan(
        id=SiteId(name),
        name=name.title(),
        zone=ZoneInfo(str(ZONE)),
        device=device_of(name),
        units=units,
        battery=Battery(lasts_s=48 * 3600.0) if battery else None,
    )
