"""What the card keeps of the alarm over a reboot: the rules as they stood, and up to which reading. Pure.

Written every few hours: what was read since is on the card anyway, and judged again.
"""

import zlib

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.judging import Stand
from coldchain_device.alarm.timeline import Timeline
from coldchain_device.milk.placing import Notes
from coldchain_device.plan import Plan
from coldchain_judgement.capacity import Capacity

KEPT_EVERY_MS = 6 * 3600_000
"""Four times a day: some kilobytes to a card that takes eleven megabytes."""
LATELY_MS = 3 * 86_400_000
"""What was told of the milk longer ago is told no more, and its milk is gone."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """How every unit stood on the alarm's time once the reading numbered `sequence` of `outbox` had been judged.

    `key` is of what they were judged by, `heard` what had been told of the milk by then, and where that lies on the
    alarm's time.
    """

    outbox: str
    sequence: int
    key: int
    timeline: Timeline
    stands: dict[UnitId, Stand]
    heard: dict[str, int] = {}


def key_of(plan: Plan) -> int:
    """Return a check sum of what the units of a plan are judged by; labels and capacities are none of it."""
    terms = {unit: (plan.terms(unit), plan.milk.get(unit)) for unit in plan.units}
    judged = {spot.probe: unit for unit in plan.units for spot in plan.judged_spots(unit)}
    return zlib.crc32(msgspec.json.encode((terms, judged), order="sorted"))


def usable(memory: Memory | None, plan: Plan, *, outbox: str, notes: Notes) -> Memory | None:
    """Return the memory where it is of this outbox and this plan, and had heard of what was told of the milk until
    then; else none, and all is judged anew."""
    if memory is None or memory.outbox != outbox or memory.key != key_of(plan) or not _had_heard(memory, notes):
        return None
    return memory


def _had_heard(memory: Memory, notes: Notes) -> bool:
    """Return whether a memory goes by what counts: what is new was told later, and nothing of late was taken back.

    What is told at the box is heard at once, so that what a memory has not heard of it was told later.
    """
    now_ms, counts = memory.timeline.now_ms, {one.id: one for of_unit in notes.values() for one in of_unit}
    taken_back = any(at_ms > now_ms - LATELY_MS for told, at_ms in memory.heard.items() if told not in counts)
    return not taken_back and all(
        told in memory.heard or one.boot_id or one.event.at_ms > now_ms for told, one in counts.items()
    )


def learnt_of(stand: Stand) -> Capacity | None:
    """Return what a unit's probes have learnt of how it cools, by most of its fills; None where they saw none."""
    learnt = (judged.course.capacity for judged in stand.probes.values() if judged.course.capacity.took_s)
    return max(learnt, key=lambda one: len(one.took_s), default=None)
