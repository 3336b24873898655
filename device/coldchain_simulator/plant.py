"""All sites of a scenario through time: weather, mains, batteries and coolers, without a file or a clock."""

import random
from collections.abc import Callable, Iterator

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_simulator.cooler import Cooler
from coldchain_simulator.errors import UnknownUnit
from coldchain_simulator.events import Event
from coldchain_simulator.faults import Fault, Place, ProbeFault, ProbeFaultKind
from coldchain_simulator.happenings import Diary
from coldchain_simulator.names import kernel_name, probe_of
from coldchain_simulator.scenario import Scenario, SitePlan
from coldchain_simulator.w1_text import HIGHEST_CELSIUS, LOWEST_CELSIUS, Shown, shown_fault, shown_value


class SimulatedProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One probe: its name on the network and on the bus, the unit it belongs to, where it sits."""

    urn: ProbeUrn
    kernel_name: str
    unit: UnitId
    place: Place


class Site:
    """One cooperative through time: whether it has mains, how full its battery is, its coolers and probes."""

    def __init__(self, plan: SitePlan, *, scenario: Scenario, seed: int, ambient_celsius: float) -> None:
        self.plan, self._seed = plan, seed
        self.coolers = {
            unit.id: Cooler(
                unit,
                ambient_celsius=ambient_celsius,
                diary=Diary(
                    given=unit.happenings,
                    habit=unit.habit,
                    zone=plan.zone,
                    key=f"{seed}/{unit.id}",
                    habit_from_ms=scenario.origin_ms if unit.habit_from_ms is None else unit.habit_from_ms,
                ),
            )
            for unit in plan.units
        }
        self.probes = tuple(_probes(plan, seed=seed))
        self.mains, self.charge = True, 1.0

    @property
    def powered(self) -> bool:
        """Whether the Raspberry Pi runs: on mains, or on what its battery holds."""
        return self.mains or (self.plan.battery is not None and self.charge > 0)

    def step(self, at_ms: int, *, ambient_celsius: float, seconds: int) -> Iterator[Event]:
        """Go from `at_ms` to `seconds` later; yield what began or ended in it."""
        mains, powered = self.mains, self.powered
        cut = any(cooler.power_cut(at_ms) for cooler in self.coolers.values())
        self.mains = not cut and not self.plan.grid.cut(at_ms, key=f"{self._seed}/{self.plan.id}")
        if self.plan.battery is not None:
            self.charge = self.plan.battery.after(self.charge, mains=self.mains, seconds=seconds)
        if self.mains is not mains:
            yield Event(at_ms=at_ms, subject=self.plan.id, what="mains on" if self.mains else "mains off")
        if self.powered is not powered:
            yield Event(at_ms=at_ms, subject=self.plan.device, what="device on" if self.powered else "device off")
        for cooler in self.coolers.values():
            cooler.step(at_ms, ambient_celsius=ambient_celsius, mains=self.mains, seconds=seconds)
            yield from cooler.begun(at_ms, until_ms=at_ms + seconds * 1000)


class Plant:
    """Advances all sites together. The same scenario and seed give the same truth, however the steps are asked for."""

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.scenario, self._seed = scenario, seed
        self.at_ms = scenario.origin_ms
        self._climate = msgspec.structs.replace(scenario.climate, seed=scenario.climate.seed + seed)
        ambient = self._climate.celsius(self.at_ms)
        self.sites = {
            plan.id: Site(plan, scenario=scenario, seed=seed, ambient_celsius=ambient) for plan in scenario.sites
        }
        self._homes = {unit: site for site in self.sites.values() for unit in site.coolers}

    def advance_to(
        self,
        at_ms: int,
        *,
        on_step: Callable[[int], None] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Take every whole step that ends by `at_ms`; tell `on_step` its end, `on_event` what began or ended."""
        seconds = self.scenario.step_s
        while self.at_ms + seconds * 1000 <= at_ms:
            ambient = self._climate.celsius(self.at_ms)
            for site in self.sites.values():
                for event in site.step(self.at_ms, ambient_celsius=ambient, seconds=seconds):
                    if on_event is not None:
                        on_event(event)
            self.at_ms += seconds * 1000
            if on_step is not None:
                on_step(self.at_ms)

    def inject(self, unit: UnitId, fault: Fault | ProbeFault) -> None:
        """Let a fault act on a unit (a power cut: on its whole site); `UnknownUnit` where there is no such unit."""
        self.cooler(unit).add(fault)

    def cooler(self, unit: UnitId) -> Cooler:
        """Return a unit; `UnknownUnit` names those there are."""
        return self.home(unit).coolers[unit]

    def home(self, unit: UnitId) -> Site:
        """Return the site of a unit; `UnknownUnit` names those there are."""
        try:
            return self._homes[unit]
        except KeyError:
            raise UnknownUnit(f"no unit {unit!r} in this scenario: it has {', '.join(self._homes)}") from None

    def site(self, site: SiteId) -> Site:
        """Return a site; `UnknownUnit` names those there are."""
        try:
            return self.sites[site]
        except KeyError:
            raise UnknownUnit(f"no site {site!r} in this scenario: it has {', '.join(self.sites)}") from None

    def powered(self, device: DeviceId) -> bool:
        """Return whether a device runs now; `UnknownUnit` names those there are."""
        found = {site.plan.device: site for site in self.sites.values()}
        if device not in found:
            raise UnknownUnit(f"no device {device!r} in this scenario: it has {', '.join(found)}")
        return found[device].powered

    def felt(self, probe: SimulatedProbe) -> float:
        """Return what a probe measures now: what it feels, its own error and noise, within what it can say."""
        step = (self.at_ms - self.scenario.origin_ms) // (self.scenario.step_s * 1000)
        error = random.Random(f"error/{self._seed}/{probe.urn}").gauss(0, self.scenario.probe_error_celsius)
        noise = random.Random(f"noise/{self._seed}/{probe.urn}/{step}").gauss(0, self.scenario.noise_celsius)
        celsius = self.cooler(probe.unit).felt(probe.place) + error + noise
        return min(HIGHEST_CELSIUS, max(LOWEST_CELSIUS, celsius))

    def fault_of(self, probe: SimulatedProbe) -> ProbeFaultKind | None:
        """Return how a probe fails now, or None; the fault added last wins."""
        faults = self.cooler(probe.unit).probe_faults
        acting = [fault.kind for fault in faults if fault.place is probe.place and fault.acts(self.at_ms)]
        return acting[-1] if acting else None

    def shown(self, probe: SimulatedProbe, *, last_good_celsius: float) -> Shown:
        """Return what a probe's `w1_slave` shows now."""
        kind, celsius = self.fault_of(probe), self.felt(probe)
        if kind is None:
            return shown_value(celsius)
        return shown_fault(kind, celsius=celsius, last_good_celsius=last_good_celsius)


def _probes(plan: SitePlan, *, seed: int) -> Iterator[SimulatedProbe]:
    """Yield the probes of a site: those of each unit, and one for the air outside that counts to the first unit."""
    places = [(unit.id, place) for unit in plan.units for place in unit.places]
    if plan.units:
        places.append((plan.units[0].id, Place.AMBIENT))
    for unit, place in places:
        key = f"{seed}/{unit}/{place.value}"
        yield SimulatedProbe(urn=probe_of(key), kernel_name=kernel_name(key), unit=unit, place=place)
