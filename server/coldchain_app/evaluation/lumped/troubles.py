"""The faults of the second generator: ramps, drifts, and things that come and go."""

import math
import random
from collections.abc import Callable

import msgspec

from coldchain_app.evaluation.lumped.box import Forcing
from coldchain_app.evaluation.lumped.parameters import Shape
from coldchain_app.evaluation.traces import Case, Subject

_MILK = frozenset({Subject.MILK})
_POWER = frozenset({Subject.MILK, Subject.POWER})
_DARK = frozenset({Subject.MILK, Subject.POWER, Subject.SILENCE})
_PROBE = frozenset({Subject.PROBE})
EXPLAINS = {
    "compressor-fades": _MILK,
    "relay-sticks": _MILK,
    "set-point-drifts-up": _MILK,
    "never-stops": _MILK,
    "brown-out": _MILK,
    "power-comes-and-goes": _POWER,
    "power-comes-and-goes-without-battery": _DARK,
    "lid-ajar": _MILK,
    "gas-leaks": _MILK,
    "frost-grows": _MILK,
    "double-delivery": _MILK,
    "lead-breaks": _PROBE,
    "probe-spikes": _PROBE,
    "probe-falls-out": _PROBE,
}
_SPELL_MIN = 47


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, in minutes from the season's beginning."""

    name: str
    begins: int
    ends: int
    size: float

    @property
    def hours(self) -> float:
        return (self.ends - self.begins) / 60

    def case(self, begins_ms: int) -> Case:
        return Case(
            kind=self.name,
            from_ms=begins_ms + self.begins * 60_000,
            until_ms=begins_ms + self.ends * 60_000,
            explains=EXPLAINS[self.name],
        )

    def on(self, minute: int) -> bool:
        """Return whether, of something that comes and goes, it is there: a share of `size` of all spells."""
        return random.Random(f"{self.name}/{self.begins}/{minute // _SPELL_MIN}").random() < self.size

    @property
    def power_fails(self) -> bool:
        return self.name.startswith("power-comes-and-goes")

    @property
    def battery(self) -> bool:
        return not self.name.endswith("without-battery")

    def forcing(self, forcing: Forcing, minute: int) -> Forcing:
        """Return what acts on the cooler with this trouble, `minute` being within it."""
        change = _FORCINGS.get(self.name)
        return forcing if change is None else change(self, forcing, minute)


def drawn(name: str, shape: Shape, *, begins: int, draw: random.Random) -> Trouble:
    return Trouble(
        name=name, begins=begins, ends=begins + round(draw.uniform(*shape.hours) * 60), size=draw.uniform(*shape.size)
    )


def _cooling(forcing: Forcing, share: float) -> Forcing:
    return msgspec.structs.replace(forcing, cooling=forcing.cooling * share)


def _drift(trouble: Trouble, forcing: Forcing, minute: int) -> Forcing:
    way = min(1.0, 2 * (minute - trouble.begins) / 60 / trouble.hours)
    return msgspec.structs.replace(forcing, warmer=trouble.size * way)


def _after_h(trouble: Trouble, minute: int) -> float:
    return (minute - trouble.begins) / 60


_FORCINGS: dict[str, Callable[[Trouble, Forcing, int], Forcing]] = {
    "compressor-fades": lambda it, on, at: _cooling(on, max(0.0, 1 - _after_h(it, at) / it.size)),
    "relay-sticks": lambda it, on, at: _cooling(on, float(it.on(at))),
    "set-point-drifts-up": _drift,
    "never-stops": lambda _it, on, _at: msgspec.structs.replace(on, always=True),
    "brown-out": lambda it, on, _at: _cooling(on, it.size),
    "power-comes-and-goes": lambda it, on, at: _cooling(on, float(it.on(at))),
    "power-comes-and-goes-without-battery": lambda it, on, at: _cooling(on, float(it.on(at))),
    "lid-ajar": lambda it, on, _at: msgspec.structs.replace(on, leak_w_per_k=on.leak_w_per_k + it.size),
    "gas-leaks": lambda it, on, at: _cooling(on, math.exp(-1.1 * _after_h(it, at) / it.size)),
    "frost-grows": lambda it, on, at: _cooling(on, 0.5 ** (_after_h(it, at) / it.size)),
}
