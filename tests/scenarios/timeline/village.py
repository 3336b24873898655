"""The world outside the server: simulated coolers, and devices that read them and keep what they cannot send yet."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import msgspec

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_contract.messages import LocalAlarm, MilkTold, Status, encode_message
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_judgement.milk.kinds import Milked
from coldchain_simulator.cooler import Cooler
from coldchain_simulator.faults import Fault, FaultKind, Place, ProbeFault, ProbeFaultKind
from coldchain_simulator.plant import Plant, SimulatedProbe, Site
from coldchain_simulator.scenario import Scenario
from coldchain_simulator.thermal import drawn, poured

MINUTE_MS = 60_000
_MOST_IN_A_PACK = 400
_LIVE_MS = 10 * MINUTE_MS


class BoxOfStory:
    """One site's device: takes a reading of each probe each minute while it has power, sends while it has a network."""

    def __init__(self, site: Site, plant: Plant) -> None:
        self._site, self._plant = site, plant
        self.device = site.plan.device
        self.online = True
        self.knows_time = True
        self._outbox: UUID = uuid4()
        self._taken = 0
        self._waiting: list[tuple[int, Reading]] = []

    @property
    def powered(self) -> bool:
        return self._plant.powered(self.device)

    def take(self, at_ms: int) -> None:
        if not self.powered:
            return
        for probe in self._site.probes:
            self._taken += 1
            self._waiting.append((self._taken, self._reading(probe, at_ms)))

    def send(self, at_ms: int) -> Iterator[tuple[str, bytes]]:
        """Yield what waits as messages, what was taken in the last minutes as live ones.

        While it does not know the time, a device says of these alone how long ago they were, and goes on keeping all.
        """
        if not (self.online and self.powered):
            return
        live = [one for one in self._waiting if at_ms - one[1].at_ms <= _LIVE_MS]
        if not self.knows_time:
            yield self._message(Kind.LIVE, [(number, _ago(one, at_ms)) for number, one in live], relative=True)
            return
        waiting, self._waiting = self._waiting, []
        past = [one for one in waiting if one not in live] if len(live) < len(waiting) else []
        for kind, numbered in ((Kind.LIVE, live), (Kind.BACKFILL, past)):
            for start in range(0, len(numbered), _MOST_IN_A_PACK):
                yield self._message(kind, numbered[start : start + _MOST_IN_A_PACK])

    def status(self, at_ms: int) -> tuple[str, bytes] | None:
        """Return what the device says of itself; None where it cannot."""
        if not (self.online and self.powered):
            return None
        status = Status(at_ms=at_ms, online=True, mains=self._site.mains)
        return str(Topic(self._site.plan.id, self.device, Kind.STATUS)), encode_message(status)

    def button(self, unit: str, at_ms: int) -> tuple[str, bytes]:
        """Return what the device says when its button is pressed."""
        alarm = LocalAlarm(at_ms=at_ms, unit=unit, light="red", change="heard")
        return str(Topic(self._site.plan.id, self.device, Kind.ALARM)), encode_message(alarm)

    def milk(self, unit: str, milked: Milked, at_ms: int) -> tuple[str, bytes]:
        """Return what the device says when a milk button is pressed."""
        told = MilkTold(id=uuid4().hex, at_ms=at_ms, unit=unit, kind="milk-in", milked=milked.value)
        return str(Topic(self._site.plan.id, self.device, Kind.MILK)), encode_message(told)

    def _message(self, kind: Kind, numbered: list[tuple[int, Reading]], *, relative: bool = False) -> tuple[str, bytes]:
        pack = Pack(
            outbox=self._outbox,
            sequences=Sequences.span(numbered[0][0], numbered[-1][0]),
            readings=tuple(reading for _, reading in numbered),
            relative=relative,
        )
        return str(Topic(self._site.plan.id, self.device, kind)), encode_pack(pack)

    def _reading(self, probe: SimulatedProbe, at_ms: int) -> Reading:
        if self._plant.fault_of(probe) is not None:
            return Reading(probe=probe.urn, at_ms=at_ms, value=None, quality=Quality.EMPTY)
        return Reading(probe=probe.urn, at_ms=at_ms, value=round(self._plant.felt(probe) * 16) / 16)


class Village:
    """Everything outside the server, minute by minute."""

    def __init__(self, scenario: Scenario, *, seed: int = 7) -> None:
        self.plant = Plant(scenario, seed=seed)
        self.boxes: dict[SiteId, BoxOfStory] = {
            site: BoxOfStory(plan, self.plant) for site, plan in self.plant.sites.items()
        }

    def minute(self, at_ms: int) -> None:
        """Let the world be at `at_ms`, and each device take its readings."""
        self.plant.advance_to(at_ms)
        for box in self.boxes.values():
            box.take(at_ms)

    def cooler(self, unit: str) -> Cooler:
        return self.plant.cooler(UnitId(unit))

    def site_of(self, unit: str) -> Site:
        return self.plant.home(UnitId(unit))

    def box_of(self, unit: str) -> BoxOfStory:
        return self.boxes[self.site_of(unit).plan.id]

    def pour(self, unit: str, litres: float, celsius: float) -> None:
        cooler = self.cooler(unit)
        cooler.heat = poured(cooler.heat, litres=litres, celsius=celsius)

    def draw(self, unit: str, litres: float | None) -> None:
        cooler = self.cooler(unit)
        cooler.heat = drawn(cooler.heat, litres=cooler.heat.litres if litres is None else litres)

    def breaks(self, unit: str, kind: FaultKind, *, after: int = 0, minutes: int | None = None) -> None:
        """Let something break `after` minutes, for so many minutes or until it is mended."""
        from_ms = self.plant.at_ms + after * MINUTE_MS
        until_ms = None if minutes is None else from_ms + minutes * MINUTE_MS
        self.plant.inject(UnitId(unit), Fault(kind=kind, from_ms=from_ms, until_ms=until_ms))

    def unplug(self, unit: str) -> None:
        fault = ProbeFault(kind=ProbeFaultKind.EMPTY, place=Place.MILK, from_ms=self.plant.at_ms)
        self.plant.inject(UnitId(unit), fault)

    def mend(self, unit: str, kind: FaultKind) -> None:
        cooler = self.cooler(unit)
        cooler.faults = tuple(fault for fault in cooler.faults if fault.kind is not kind)

    def plug_in(self, unit: str) -> None:
        self.cooler(unit).probe_faults = ()


def _ago(reading: Reading, sent_ms: int) -> Reading:
    return msgspec.structs.replace(reading, at_ms=reading.at_ms - sent_ms)


def device_of(site: str) -> DeviceId:
    return DeviceId(f"{site}-pi")
