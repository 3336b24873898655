"""One cooler through time: what is done to it and what breaks, step by step."""

from collections.abc import Iterator

import msgspec

from coldchain_simulator.events import Event
from coldchain_simulator.faults import Effects, Fault, FaultKind, Place, ProbeFault, effects, overloads
from coldchain_simulator.happenings import Diary, DoorOpening, Drawing, Fill, IceLaid, poured_litres, told
from coldchain_simulator.scenario import UnitPlan
from coldchain_simulator.thermal import Surroundings, at_rest, drawn, iced, milk_celsius, poured, step


class Temperatures(msgspec.Struct, frozen=True, kw_only=True):
    """The physical truth about one cooler at one instant, in °C and litres."""

    milk: float
    air: float
    wall: float
    ambient: float
    litres: float
    running: bool


class Cooler:
    """Advances one unit. Faults may be added while it runs; they act from the next step on."""

    def __init__(self, plan: UnitPlan, *, diary: Diary, ambient_celsius: float) -> None:
        self.plan, self._diary = plan, diary
        self.faults: tuple[Fault, ...] = ()
        self.probe_faults: tuple[ProbeFault, ...] = ()
        self._overloads: tuple[Fill, ...] = ()
        self._effects = Effects()
        self._ambient = ambient_celsius
        self.heat = at_rest(
            plan.cabinet, celsius=plan.celsius, air_celsius=plan.cabinet.set_celsius, litres=plan.litres
        )
        for fault in plan.faults:
            self.add(fault)

    def add(self, fault: Fault | ProbeFault) -> None:
        if isinstance(fault, ProbeFault):
            self.probe_faults += (fault,)
            return
        self.faults += (fault,)
        self._overloads = overloads(self.faults, cabinet=self.plan.cabinet)

    def power_cut(self, at_ms: int) -> bool:
        return any(fault.kind is FaultKind.POWER_CUT and fault.acts(at_ms) for fault in self.faults)

    def step(self, at_ms: int, *, ambient_celsius: float, mains: bool, seconds: int) -> None:
        """Go from `at_ms` to `seconds` later."""
        self._ambient = ambient_celsius
        self._effects = effects(self.faults, cabinet=self.plan.cabinet, at_ms=at_ms)
        door = max(self._effects.door_share, self._handle(at_ms, until_ms=at_ms + seconds * 1000))
        around = Surroundings(
            ambient_celsius=ambient_celsius,
            powered=mains,
            cooling_share=self._effects.cooling_share,
            evaporator_share=self._effects.evaporator_share,
            leak_w_per_k=self._effects.leak_w_per_k + door * self.plan.cabinet.door_w_per_k,
            set_shift_celsius=self._effects.set_shift_celsius,
        )
        self.heat = step(self.plan.cabinet, self.heat, around, seconds=seconds)

    def _handle(self, at_ms: int, *, until_ms: int) -> float:
        """Do what people do in this step; return how far the door stands open."""
        door = 0.0
        for happening in (*self._diary.near(at_ms), *self._overloads):
            match happening:
                case Fill(celsius=celsius):
                    litres = poured_litres(happening, from_ms=at_ms, to_ms=until_ms)
                    if litres:
                        self.heat = poured(self.heat, litres=litres, celsius=celsius)
                case DoorOpening(at_ms=opened, for_s=for_s):
                    if opened < until_ms and at_ms < opened + for_s * 1000:
                        door = 1.0
                case Drawing(at_ms=when, litres=taken) if at_ms <= when < until_ms:
                    self.heat = drawn(self.heat, litres=self.heat.litres if taken is None else taken)
                case IceLaid(at_ms=when, kilograms=kilograms) if at_ms <= when < until_ms:
                    self.heat = iced(self.heat, kilograms=kilograms)
        return door

    def begun(self, at_ms: int, *, until_ms: int) -> Iterator[Event]:
        """Yield what began or was mended from `at_ms` (included) to `until_ms` (not included)."""
        unit = self.plan.id
        for happening in (*self._diary.near(at_ms), *self._overloads):
            if at_ms <= happening.at_ms < until_ms:
                what, detail = told(happening)
                yield Event(at_ms=happening.at_ms, subject=unit, what=what, detail=detail)
        faults: tuple[Fault | ProbeFault, ...] = (*self.faults, *self.probe_faults)
        for fault in faults:
            if at_ms <= fault.from_ms < until_ms:
                yield Event(at_ms=fault.from_ms, subject=unit, what="fault", detail=fault.kind.value)
            if fault.until_ms is not None and at_ms <= fault.until_ms < until_ms:
                yield Event(at_ms=fault.until_ms, subject=unit, what="mended", detail=fault.kind.value)

    def temperatures(self) -> Temperatures:
        return Temperatures(
            milk=milk_celsius(self.heat),
            air=self.heat.air_celsius,
            wall=self.heat.liner_celsius,
            ambient=self._ambient,
            litres=self.heat.litres,
            running=self.heat.running,
        )

    def felt(self, place: Place) -> float:
        """Return what a probe at `place` feels, a misplaced milk probe included."""
        now = self.temperatures()
        if place is not Place.MILK:
            return {Place.AIR: now.air, Place.WALL: now.wall, Place.AMBIENT: now.ambient}[place]
        air, wall = self._effects.probe_in_air, self._effects.probe_at_wall
        felt = now.milk + air * (now.air - now.milk)
        outside = (now.wall + now.ambient) / 2
        return felt + wall * (outside - felt)
