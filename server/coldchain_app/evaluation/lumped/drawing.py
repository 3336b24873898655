"""What each unit of the second generator is, and what will go wrong with it: drawn from the seed."""

import random

import msgspec

from coldchain_app.evaluation.lumped.box import Box
from coldchain_app.evaluation.lumped.parameters import BoxClass, Lumped
from coldchain_app.evaluation.lumped.troubles import Trouble, drawn
from coldchain_app.evaluation.season import Season

_DAY_MIN = 1440
_MOVES_MIN = 2 * _DAY_MIN


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One unit as drawn."""

    key: str
    kind: BoxClass
    box: Box
    litres_a_day: float
    defrost_every_min: int
    troubles: tuple[Trouble, ...]


def drawn_life(unit: int, parameters: Lumped, season: Season) -> Life:
    """Return unit number `unit` (from 0), always the same for the same parameters."""
    kind = [one for one in parameters.coolers for _ in range(one.units)][unit]
    key = f"{parameters.seed}/{unit}"
    draw = random.Random(f"box/{key}")
    box = Box(
        cooling_w=draw.uniform(*kind.cooling_w),
        ua_w_per_k=draw.uniform(*kind.ua_w_per_k),
        body_j_per_k=1000 * draw.uniform(*kind.body_kj_per_k),
        inverter=unit % 2 == 0,
    )
    return Life(
        key=key,
        kind=kind,
        box=box,
        litres_a_day=draw.uniform(*kind.litres_a_day),
        defrost_every_min=round(60 * draw.uniform(*parameters.life.defrost_after_h)),
        troubles=_troubles(unit, parameters, season, key=key),
    )


def _troubles(unit: int, parameters: Lumped, season: Season, *, key: str) -> tuple[Trouble, ...]:
    """Return this unit's troubles, counted on through all kinds so that each comes equally often."""
    names = list(parameters.faults)
    random.Random(f"order/{parameters.seed}").shuffle(names)
    draw = random.Random(f"troubles/{key}")
    found = []
    for slot, day in enumerate(season.slots):
        name = names[(unit * len(season.slots) + slot) % len(names)]
        begins = day * _DAY_MIN + draw.randrange(_MOVES_MIN)
        if name == "double-delivery":
            begins = begins // _DAY_MIN * _DAY_MIN + 5 * 60  # before the first can of its day
        found.append(drawn(name, parameters.faults[name], begins=begins, draw=draw))
    return tuple(found)
