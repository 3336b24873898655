"""What can break: each fault of a cooler as a change of what acts on it, each fault of a probe as a text it shows."""

import enum
from collections.abc import Callable, Iterable

import msgspec

from coldchain_simulator.happenings import Fill
from coldchain_simulator.thermal import Cabinet

_DAY_MS = 86_400_000
_OVERLOAD_CELSIUS, _OVERLOAD_POURED_S = 36.0, 600


class Place(enum.Enum):
    """Where a probe sits; the same words as the fleet file's."""

    MILK = "milk"
    WALL = "wall"
    AIR = "air"
    AMBIENT = "ambient"


class FaultKind(enum.Enum):
    """What goes wrong with a cooler. At severity 1 it is as bad as its line says; at 0 it does nothing."""

    POWER_CUT = "power-cut"  # of the whole site, whatever the severity
    COMPRESSOR_FAILED = "compressor-failed"  # no cooling at all
    LOW_GAS = "low-gas"  # 45 % of the cooling lost, and 3 % more a day
    LEAKING_GASKET = "leaking-gasket"  # half as much heat again comes in
    ICED_EVAPORATOR = "iced-evaporator"  # frost grows: after a day the evaporator takes a fifth; ending is a defrost
    WARM_OVERLOAD = "warm-overload"  # warm milk, half of what the cooler holds, within ten minutes
    DOOR_OPEN = "door-open"  # for as long as the fault lasts
    PROBE_OUT_OF_MILK = "probe-out-of-milk"  # the milk's probe hangs in the air
    PROBE_AT_WALL = "probe-at-wall"  # the milk's probe touches the wall, the worse the more of the outside it feels
    TOO_COLD = "too-cold"  # the thermostat is 6 °C too low


class ProbeFaultKind(enum.Enum):
    """How a probe fails on the bus, and so what its `w1_slave` shows."""

    CRC = "crc"  # one bit flipped on the wire
    EMPTY = "empty"  # five failed attempts: a modern kernel shows an empty file, for an unplugged probe too
    DISCONNECTED = "disconnected"  # unplugged, old kernel: only ones, `crc=c9 NO`, t=-62
    GONE = "gone"  # the kernel has taken the probe off the bus: no directory, so no read of it can be seen
    ZERO = "zero"  # data line shorted
    POR85 = "por85"  # lost power before it converted
    PWR127 = "pwr127"  # too little power to convert


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a cooler from `from_ms` until it is mended (`until_ms` None: it stays)."""

    kind: FaultKind
    from_ms: int
    until_ms: int | None = None
    severity: float = 1.0

    def acts(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


class ProbeFault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of the probe that sits at `place` in a unit."""

    kind: ProbeFaultKind
    place: Place
    from_ms: int
    until_ms: int | None = None

    def acts(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What all faults of one cooler do together at one instant."""

    cooling_share: float = 1.0
    evaporator_share: float = 1.0
    leak_w_per_k: float = 0.0
    set_shift_celsius: float = 0.0
    door_share: float = 0.0
    probe_in_air: float = 0.0
    probe_at_wall: float = 0.0

    def __add__(self, other: "Effects") -> "Effects":
        return Effects(
            cooling_share=self.cooling_share * other.cooling_share,
            evaporator_share=self.evaporator_share * other.evaporator_share,
            leak_w_per_k=self.leak_w_per_k + other.leak_w_per_k,
            set_shift_celsius=self.set_shift_celsius + other.set_shift_celsius,
            door_share=max(self.door_share, other.door_share),
            probe_in_air=max(self.probe_in_air, other.probe_in_air),
            probe_at_wall=max(self.probe_at_wall, other.probe_at_wall),
        )


class _Ill(msgspec.Struct, frozen=True, kw_only=True):
    """How ill a cooler is: severity 0…1, for how many days, and what cooler."""

    severity: float
    days: float
    cabinet: Cabinet


_EFFECTS: dict[FaultKind, Callable[[_Ill], Effects]] = {
    FaultKind.COMPRESSOR_FAILED: lambda ill: Effects(cooling_share=1 - ill.severity),
    FaultKind.LOW_GAS: lambda ill: Effects(cooling_share=max(0.1, 1 - ill.severity * (0.45 + 0.03 * ill.days))),
    FaultKind.LEAKING_GASKET: lambda ill: Effects(leak_w_per_k=0.5 * ill.severity * ill.cabinet.ua_w_per_k),
    FaultKind.ICED_EVAPORATOR: lambda ill: Effects(evaporator_share=1 / (1 + 4 * ill.severity * ill.days)),
    FaultKind.DOOR_OPEN: lambda ill: Effects(door_share=ill.severity),
    FaultKind.TOO_COLD: lambda ill: Effects(set_shift_celsius=-6 * ill.severity),
    FaultKind.PROBE_OUT_OF_MILK: lambda ill: Effects(probe_in_air=ill.severity),
    FaultKind.PROBE_AT_WALL: lambda ill: Effects(probe_at_wall=ill.severity),
    FaultKind.POWER_CUT: lambda _: Effects(),  # the site's mains see to it
    FaultKind.WARM_OVERLOAD: lambda _: Effects(),  # `overloads` sees to it
}


def effects(faults: Iterable[Fault], *, cabinet: Cabinet, at_ms: int) -> Effects:
    """Return what `faults` do to a cooler at an instant, all together."""
    found = Effects()
    for fault in faults:
        if fault.acts(at_ms):
            days = (at_ms - fault.from_ms) / _DAY_MS
            found += _EFFECTS[fault.kind](_Ill(severity=fault.severity, days=days, cabinet=cabinet))
    return found


def overloads(faults: Iterable[Fault], *, cabinet: Cabinet) -> tuple[Fill, ...]:
    """Return the warm fills that overload faults are."""
    return tuple(
        Fill(
            at_ms=fault.from_ms,
            litres=fault.severity * cabinet.holds_litres / 2,
            celsius=_OVERLOAD_CELSIUS,
            for_s=_OVERLOAD_POURED_S,
        )
        for fault in faults
        if fault.kind is FaultKind.WARM_OVERLOAD
    )
