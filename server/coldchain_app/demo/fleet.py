"""The fleet of a demo: the sites, coolers and probes of a simulator's scenario, and somebody at each to tell."""

from datetime import time

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Contact, Device, Fleet, Place, Placement, Role, Site, Unit, UnitKind
from coldchain_simulator.scenario import Scenario
from coldchain_simulator.simulator import SimulatedDevice

PROFILE = "daily"
_LOWEST_CELSIUS, _HIGHEST_CELSIUS = -10.0, 60.0
_CURFEW_FROM, _CURFEW_TO = time(18), time(6)
_COLLECTED_AT, _MARKET_AT = (time(17),), (time(8),)
_PRESIDENTS = ("Aminata", "Fadimata", "Hadiza", "Mariama", "Zeinabou")


def fleet_of_scenario(scenario: Scenario, devices: tuple[SimulatedDevice, ...], *, report_s: int) -> Fleet:
    """Return the fleet that a person would have entered for these simulated sites."""
    sites = {
        plan.id: Site(
            id=plan.id,
            name=plan.name,
            zone=plan.zone,
            curfew_from=_CURFEW_FROM,
            curfew_to=_CURFEW_TO,
            collected_at=_COLLECTED_AT,
            market_at=_MARKET_AT,
        )
        for plan in scenario.sites
    }
    units = {
        unit.id: Unit(
            id=unit.id, site=plan.id, name=unit.name, kind=UnitKind.COOLER, profile=PROFILE, litres=unit.litres or None
        )
        for plan in scenario.sites
        for unit in plan.units
    }
    placements = tuple(
        Placement(
            probe=probe.urn,
            unit=probe.unit,
            device=device.device,
            place=Place(probe.place.value),
            lowest_celsius=_LOWEST_CELSIUS,
            highest_celsius=_HIGHEST_CELSIUS,
            from_ms=scenario.origin_ms,
        )
        for device in devices
        for probe in device.probes
    )
    return Fleet(
        sites=sites,
        units=units,
        devices={device.device: Device(id=device.device, site=device.site, report_s=report_s) for device in devices},
        placements=placements,
        contacts=contacts_of(tuple(sites)),
        profiles=builtin_profiles(),
    )


def contacts_of(sites: tuple[SiteId, ...]) -> tuple[Contact, ...]:
    """Return a president for each site and one technician for all, told on the console in French."""
    presidents = tuple(
        Contact(
            id=name.lower(),
            name=name,
            language="fr",
            role=Role.COOPERATIVE,
            sites=(site,),
            channels=("console:",),
        )
        for site, name in zip(sites, _PRESIDENTS, strict=False)
    )
    technician = Contact(
        id="moussa", name="Moussa", language="fr", role=Role.TECHNICIAN, sites=sites, channels=("console:",)
    )
    return (*presidents, technician)
