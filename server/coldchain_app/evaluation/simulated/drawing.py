"""What each unit of the first generator is, and what will go wrong with it: drawn from the seed."""

import random

import msgspec

from coldchain_app.evaluation.season import Season
from coldchain_app.evaluation.simulated.breaking import Breaking
from coldchain_app.evaluation.simulated.parameters import CoolerClass, FaultRange, Simulated
from coldchain_simulator.happenings import Habit
from coldchain_simulator.thermal import Cabinet

_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_FAULT_MOVES_H = 48.0
_HOLDS_LITRES = 70.0


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One unit: its cooler, its people, its faults in order; `key` names its further draws."""

    key: str
    cooler: str
    cabinet: Cabinet
    habit: Habit
    market_weekday: int
    defrosts_a_day: int
    faults: tuple[Breaking, ...]


def drawn(unit: int, parameters: Simulated, season: Season) -> Drawn:
    """Return unit number `unit` (from 0), always the same for the same parameters."""
    kind = [one for one in parameters.coolers for _ in range(one.units)][unit]
    key = f"{parameters.seed}/{unit}"
    draw = random.Random(f"cooler/{key}")
    return Drawn(
        key=key,
        cooler=kind.name,
        cabinet=_cabinet(kind, draw),
        habit=_habit(kind, parameters, draw),
        market_weekday=draw.randint(*parameters.life.market_weekday),
        defrosts_a_day=kind.defrosts_a_day,
        faults=_faults(unit, parameters, season),
    )


def _cabinet(kind: CoolerClass, draw: random.Random) -> Cabinet:
    return Cabinet(
        cooling_w=draw.uniform(*kind.cooling_w),
        ua_w_per_k=draw.uniform(*kind.ua_w_per_k),
        ice_kg=draw.uniform(*kind.ice_kg),
        holds_litres=_HOLDS_LITRES,
    )


def _habit(kind: CoolerClass, parameters: Simulated, draw: random.Random) -> Habit:
    life = parameters.life
    return Habit(
        morning_litres=draw.uniform(*kind.morning_litres),
        evening_litres=draw.uniform(*kind.evening_litres),
        celsius=draw.uniform(*life.milk_celsius),
        day_share=life.day_share,
        keeps_litres=draw.uniform(*kind.keeps_litres),
        doors_a_day=draw.randint(*life.doors_a_day),
    )


def _faults(unit: int, parameters: Simulated, season: Season) -> tuple[Breaking, ...]:
    """Return this unit's share of one deck in which every kind lies equally often."""
    slots = season.slots
    found = []
    for number, day in enumerate(slots):
        name = _card(unit * len(slots) + number, parameters)
        draw = random.Random(f"fault/{parameters.seed}/{unit}/{number}")
        from_ms = season.begins_ms + day * _DAY_MS + round(draw.uniform(0, _FAULT_MOVES_H) * _HOUR_MS)
        found.append(_breaking(name, parameters.faults[name], from_ms // 60_000 * 60_000, draw))
    return tuple(found)


def _card(number: int, parameters: Simulated) -> str:
    """Return the card at a place of the deck: rounds of all kinds, each round in an order of its own."""
    kinds = list(parameters.faults)
    round_, place = divmod(number, len(kinds))
    random.Random(f"deck/{parameters.seed}/{round_}").shuffle(kinds)
    return kinds[place]


def _breaking(name: str, ranges: FaultRange, from_ms: int, draw: random.Random) -> Breaking:
    return Breaking(
        name=name,
        from_ms=from_ms,
        until_ms=from_ms + round(draw.uniform(*ranges.hours) * 60) * 60_000,
        severity=draw.uniform(*ranges.severity),
    )
