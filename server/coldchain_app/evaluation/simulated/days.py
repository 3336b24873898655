"""One day of a unit's ordinary life, step by step: milk in and out, the lid, the defrost."""

import random
from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from coldchain_app.evaluation.simulated.drawing import Drawn
from coldchain_app.evaluation.simulated.parameters import Life
from coldchain_simulator.happenings import DoorOpening, Drawing, Fill, Happening

_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_UTC = ZoneInfo("Etc/UTC")  # Bamako's clocks are UTC's the whole year
_MARKET_HOURS = (7.0, 13.0)


class Act(msgspec.Struct):
    """What is done in one step. `takes` None: nothing is taken; infinity: all of it."""

    litres: float = 0.0
    celsius: float = 0.0
    takes: float | None = None
    door: bool = False
    defrost: bool = False


class Day:
    """The acts of one day, by the step they fall in."""

    def __init__(self, unit: Drawn, life: Life, *, day: date, begins_ms: int, step_s: int) -> None:
        self._begins_ms, self._step_ms = begins_ms, step_s * 1000
        self._acts: dict[int, Act] = defaultdict(Act)
        happenings = unit.habit.day(day, zone=_UTC, key=unit.key)
        if day.weekday() == unit.market_weekday:
            happenings += _market(life, day=day, key=unit.key, begins_ms=begins_ms)
        for happening in happenings:
            self._enter(happening)
        for number in range(unit.defrosts_a_day):
            self._last(begins_ms + round((number + 0.3) * _DAY_MS / unit.defrosts_a_day), life.defrost_s, defrost=True)

    def act(self, at_ms: int) -> Act | None:
        """Return what is done in the step that begins at `at_ms`, or None."""
        return self._acts.get((at_ms - self._begins_ms) // self._step_ms)

    def _enter(self, happening: Happening) -> None:
        match happening:
            case Fill(at_ms=at_ms, litres=litres, celsius=celsius, for_s=for_s):
                steps = self._steps(at_ms, for_s)
                for step in steps:
                    self._acts[step].litres += litres / len(steps)
                    self._acts[step].celsius = celsius
            case Drawing(at_ms=at_ms, litres=litres):
                self._acts[self._steps(at_ms, 1)[0]].takes = float("inf") if litres is None else litres
            case DoorOpening(at_ms=at_ms, for_s=for_s):
                self._last(at_ms, for_s, defrost=False)
            case _:
                raise ValueError(f"{happening} is no part of this life")

    def _last(self, at_ms: int, for_s: int, *, defrost: bool) -> None:
        for step in self._steps(at_ms, for_s):
            if defrost:
                self._acts[step].defrost = True
            else:
                self._acts[step].door = True

    def _steps(self, at_ms: int, for_s: int) -> range:
        first = (at_ms - self._begins_ms) // self._step_ms
        return range(first, first + max(1, round(for_s * 1000 / self._step_ms)))


def _market(life: Life, *, day: date, key: str, begins_ms: int) -> tuple[Happening, ...]:
    draw = random.Random(f"market/{key}/{day.toordinal()}")
    return tuple(
        DoorOpening(
            at_ms=begins_ms + round(draw.uniform(*_MARKET_HOURS) * _HOUR_MS), for_s=draw.randint(*life.market_door_s)
        )
        for _ in range(draw.randint(*life.market_doors))
    )
