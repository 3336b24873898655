"""The running simulator: a plant that keeps up with a clock and shows itself in folders a device can read."""

import threading
from pathlib import Path

import msgspec

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_simulator.events import Event
from coldchain_simulator.faults import Fault, ProbeFault, ProbeFaultKind
from coldchain_simulator.plant import Plant, SimulatedProbe, Site
from coldchain_simulator.power_tree import PowerTree
from coldchain_simulator.reads import ReadWatch
from coldchain_simulator.scenario import Scenario
from coldchain_simulator.truth import Taken, Truth
from coldchain_simulator.w1_text import Shown
from coldchain_simulator.w1tree import W1Tree

_TICK_SECONDS = 0.05
_TRUTH_EVERY_MS = 60_000


class SimulatedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """One Raspberry Pi of the scenario: where it finds its 1-Wire bus and its power supplies, and its probes."""

    site: SiteId
    device: DeviceId
    w1: Path
    power: Path
    probes: tuple[SimulatedProbe, ...]


class Simulator:
    """Runs a scenario below `folder`: `SITE/w1/28-…/w1_slave`, `SITE/power/…`, and the log `truth.jsonl`.

    Everything is on show as soon as it is made. Advance it by hand, or let `start` follow the clock. Any thread may
    call it.
    """

    def __init__(self, scenario: Scenario, *, clock: Clock, folder: Path, seed: int) -> None:
        self.truth = Truth(folder / "truth.jsonl")
        self._plant, self._clock = Plant(scenario, seed=seed), clock
        self._watch = ReadWatch(self._was_read)
        self._watch.start()
        self._exhibits = [
            _Exhibit(site, folder=folder / site.plan.id, staging=folder / "staging", watch=self._watch)
            for site in self._plant.sites.values()
        ]
        self.devices = tuple(exhibit.device for exhibit in self._exhibits)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="simulator", daemon=True)
        self._measure(scenario.origin_ms)
        self._show()

    def start(self) -> None:
        """Follow the clock from now on, every 50 ms of real time."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following, take down the last readings, and close the log. The folders stay."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._watch.close()
        self.truth.close()

    def advance_to(self, at_ms: int) -> None:
        """Take every step up to an instant, and show where that leads."""
        with self._lock:
            before = self._plant.at_ms
            self._plant.advance_to(at_ms, on_step=self._measure, on_event=self.truth.happened)
            if self._plant.at_ms != before:
                self._show()

    def inject(self, unit: UnitId, fault: Fault | ProbeFault) -> None:
        """Let something break (or plan it, where it begins later); `UnknownUnit` where there is no such unit."""
        with self._lock:
            self._plant.inject(unit, fault)
            if fault.from_ms < self._plant.at_ms:
                event = Event(at_ms=self._plant.at_ms, subject=unit, what="fault", detail=fault.kind.value)
                self.truth.happened(event)
            self._show()

    def powered(self, device: DeviceId) -> bool:
        """Return whether a device runs: one without a battery dies in a power cut."""
        with self._lock:
            return self._plant.powered(device)

    def taken(self) -> list[Taken]:
        """Return every reading that ended before this call."""
        self._watch.drain()
        return list(self.truth.taken)

    @property
    def taken_is_exact(self) -> bool:
        """Whether no reading escaped: false once the kernel had to drop events."""
        return not self._watch.lost

    def _follow(self) -> None:
        while not self._ended.is_set():
            self.advance_to(self._clock.now_ms())
            self._ended.wait(_TICK_SECONDS)

    def _measure(self, at_ms: int) -> None:
        if (at_ms - self._plant.scenario.origin_ms) % _TRUTH_EVERY_MS == 0:
            for site in self._plant.sites.values():
                for unit, cooler in site.coolers.items():
                    self.truth.measured(unit, at_ms, cooler.temperatures())

    def _show(self) -> None:
        for exhibit in self._exhibits:
            exhibit.show(self._plant)

    def _was_read(self, probe: ProbeUrn, shown: Shown) -> None:
        fault = shown.fault.value if shown.fault else None
        reading = Taken(probe=probe, at_ms=self._clock.now_ms(), text=shown.text, celsius=shown.celsius, fault=fault)
        self.truth.took(reading)


class _Exhibit:
    """The folders of one site, and what its probes last showed well."""

    def __init__(self, site: Site, *, folder: Path, staging: Path, watch: ReadWatch) -> None:
        self._site = site
        self._tree = W1Tree(folder / "w1", staging=staging, witness=watch)
        self._power = PowerTree(folder / "power", staging=staging, battery=site.plan.battery is not None)
        self._last_good: dict[ProbeUrn, float] = {}
        self.device = SimulatedDevice(
            site=site.plan.id,
            device=site.plan.device,
            w1=self._tree.base,
            power=self._power.base,
            probes=site.probes,
        )

    def show(self, plant: Plant) -> None:
        self._power.show(mains=self._site.mains, charge=self._site.charge)
        for probe in self._site.probes:
            if plant.fault_of(probe) is ProbeFaultKind.GONE:
                self._tree.vanish(probe.urn)
                continue
            shown = plant.shown(probe, last_good_celsius=self._last_good.get(probe.urn, 20.0))
            self._tree.show(probe.urn, shown)
            if shown.celsius is not None:
                self._last_good[probe.urn] = shown.celsius
