"""Many small packs of one outbox as few large ones: what a batch costs then depends on devices, not on messages."""

from collections.abc import Iterable
from itertools import chain, pairwise

import msgspec

from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.ingest.reception import Received, Reply
from coldchain_server.spool.model import Accepted

MOST_READINGS = 256
"""In one part: whoever judges takes whole parts, and news must not wait long behind what comes late."""


class _Group:
    """Messages that are to be one: each with one good pack, of the same device, kind, outbox and uncertainty."""

    def __init__(self, first: Received) -> None:
        self.first = first
        self.packs: list[Pack] = []
        self.readings = 0

    def add(self, pack: Pack) -> None:
        self.packs.append(pack)
        self.readings += len(pack.readings)


def merged(batch: Iterable[Received]) -> list[Received]:
    """Return what `batch` is worth in fewer parts: the same readings and the same replies, each number once.

    Of a number that came more than once the first copy is kept and the others are counted as repeats; no part grows
    over `MOST_READINGS`. Whatever is more or less than one good pack stays as it is.
    """
    parts: list[Received | _Group] = []
    groups: dict[tuple[str, bool, int, int], _Group] = {}
    for received in batch:
        item = _lone_pack(received)
        if item is None:
            parts.append(received)
            continue
        pack = item.pack
        key = (item.device, item.live, pack.outbox.int, pack.uncertainty_ms)
        group = groups.get(key)
        if group is None or group.readings + len(pack.readings) > MOST_READINGS:
            group = groups[key] = _Group(received)
            parts.append(group)
        group.add(pack)
    return [part if isinstance(part, Received) else _one(part) for part in parts]


def _lone_pack(received: Received) -> Accepted | None:
    if len(received.items) != 1 or len(received.replies) != 1:
        return None
    item = received.items[0]
    return item if isinstance(item, Accepted) else None


def _one(group: _Group) -> Received:
    if len(group.packs) == 1:
        return group.first
    pack = _joined(group.packs)
    (item,) = group.first.items
    assert isinstance(item, Accepted)  # noqa: S101 - as _lone_pack has seen
    whole = msgspec.structs.replace(item, pack=pack, repeats=group.readings - len(pack.readings))
    reply = Reply(outbox=pack.outbox, sequences=pack.sequences)
    return Received(topic=group.first.topic, items=(whole,), replies=(reply,))


def _joined(packs: list[Pack]) -> Pack:
    ranges = [span for pack in packs for span in pack.sequences.ranges]
    if all(before[1] < after[0] for before, after in pairwise(ranges)):
        readings = tuple(chain.from_iterable(pack.readings for pack in packs))
    else:
        readings = _in_order(packs)
    return msgspec.structs.replace(packs[0], sequences=Sequences.joined(ranges), readings=readings)


def _in_order(packs: list[Pack]) -> tuple[Reading, ...]:
    numbered: dict[int, Reading] = {}
    for pack in packs:
        for number, reading in zip(pack.sequences, pack.readings, strict=True):
            numbered.setdefault(number, reading)
    return tuple(numbered[number] for number in sorted(numbered))
