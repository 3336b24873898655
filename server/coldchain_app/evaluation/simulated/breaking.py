"""The faults of the first generator: which the simulator knows, and which alarms each explains."""

import enum

import msgspec

from coldchain_app.evaluation.traces import Case, Subject
from coldchain_simulator.faults import Effects, Fault, FaultKind, effects
from coldchain_simulator.thermal import Cabinet

_MILK = frozenset({Subject.MILK})
_POWER = frozenset({Subject.MILK, Subject.POWER})
_DARK = frozenset({Subject.MILK, Subject.POWER, Subject.SILENCE})
_PROBE = frozenset({Subject.PROBE})
_WARMER_CELSIUS = 6.0


class Probe(enum.Enum):
    """How a probe misleads."""

    FAILS = "fails"
    FLICKERS = "flickers"
    OUT_OF_MILK = "out-of-milk"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of fault. `physical` None: the cooler is well, or only its power is away."""

    explains: frozenset[Subject]
    physical: FaultKind | None = None
    warmer: bool = False
    power: bool = False
    battery: bool = True
    probe: Probe | None = None


KINDS = {
    "compressor-dies": Kind(explains=_MILK, physical=FaultKind.COMPRESSOR_FAILED),
    "compressor-weak": Kind(explains=_MILK, physical=FaultKind.COMPRESSOR_FAILED),
    "thermostat-warm": Kind(explains=_MILK, warmer=True),
    "thermostat-cold": Kind(explains=_MILK, physical=FaultKind.TOO_COLD),
    "short-power-cut": Kind(explains=_POWER, power=True),
    "power-cut": Kind(explains=_POWER, power=True),
    "long-power-cut": Kind(explains=_POWER, power=True),
    "power-cut-without-battery": Kind(explains=_DARK, power=True, battery=False),
    "long-power-cut-without-battery": Kind(explains=_DARK, power=True, battery=False),
    "door-left-open": Kind(explains=_MILK, physical=FaultKind.DOOR_OPEN),
    "gas-lost": Kind(explains=_MILK, physical=FaultKind.LOW_GAS),
    "iced-evaporator": Kind(explains=_MILK, physical=FaultKind.ICED_EVAPORATOR),
    "leaking-gasket": Kind(explains=_MILK, physical=FaultKind.LEAKING_GASKET),
    "overload": Kind(explains=_MILK, physical=FaultKind.WARM_OVERLOAD),
    "probe-fails": Kind(explains=_PROBE, probe=Probe.FAILS),
    "probe-flickers": Kind(explains=_PROBE, probe=Probe.FLICKERS),
    "probe-out-of-milk": Kind(explains=_PROBE, probe=Probe.OUT_OF_MILK),
}


class Breaking(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of one unit."""

    name: str
    from_ms: int
    until_ms: int
    severity: float

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def case(self) -> Case:
        return Case(kind=self.name, from_ms=self.from_ms, until_ms=self.until_ms, explains=self.kind.explains)

    @property
    def fault(self) -> Fault | None:
        """Return the fault as the simulator knows it, where it does."""
        if self.kind.physical is None:
            return None
        return Fault(kind=self.kind.physical, from_ms=self.from_ms, until_ms=self.until_ms, severity=self.severity)

    def acts(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.until_ms

    def effects(self, *, cabinet: Cabinet, at_ms: int) -> Effects:
        """Return what the fault does to the cooler at an instant."""
        if self.kind.warmer:
            return Effects(set_shift_celsius=_WARMER_CELSIUS * self.severity)
        fault = self.fault
        return effects((fault,) if fault else (), cabinet=cabinet, at_ms=at_ms)
