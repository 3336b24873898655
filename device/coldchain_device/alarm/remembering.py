"""What the card keeps of the alarm over a reboot: the rules as they stood, and up to which reading. Pure.

Written every few hours: what was read since is on the card anyway, and judged again.
"""

import zlib

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.judging import Stand
from coldchain_device.alarm.timeline import Timeline
from coldchain_device.plan import Plan
from coldchain_judgement.capacity import Capacity

KEPT_EVERY_MS = 6 * 3600_000
"""Four times a day: some kilobytes to a card that takes eleven megabytes."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How every unit stood on the alarm's time once the reading numbered `sequence` of `outbox` had been judged.

    `key` is of what they were judged by.
    """

    outbox: str
    sequence: int
    key: int
    timeline: Timeline
    stands: dict[UnitId, Stand]


def key_of(plan: Plan) -> int:
    """Return a check sum of what the units of a plan are judged by; labels and capacities are none of it."""
    terms = {unit: plan.terms(unit) for unit in plan.units}
    judged = {spot.probe: unit for unit in plan.units for spot in plan.judged_spots(unit)}
    return zlib.crc32(msgspec.json.encode((terms, judged), order="sorted"))


def usable(memory: Memory | None, plan: Plan, *, outbox: str) -> Memory | None:
    """Return the memory where it is of this outbox and this plan; else none, and all is judged anew."""
    if memory is None or memory.outbox != outbox or memory.key != key_of(plan):
        return None
    return memory


def learnt_of(stand: Stand) -> Capacity | None:
    """Return what a unit's probes have learnt of how it cools, by most of its fills; None where they saw none."""
    learnt = (judged.course.capacity for judged in stand.probes.values() if judged.course.capacity.took_s)
    return max(learnt, key=lambda one: len(one.took_s), default=None)
