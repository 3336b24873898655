"""From readings to packs: no larger than the wire allows, one uncertainty each."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

from coldchain_contract.errors import BadPack
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_device.outbox import Kept

READINGS_A_PACK = 200
"""About 3 KB compressed: a pack gets through a bad 2G link in one piece."""


def packed(kept: Sequence[Kept], outbox: UUID) -> Iterator[tuple[Sequences, bytes]]:
    """Yield each pack's numbers and wire form."""
    for _, alike in groupby(kept, key=lambda one: one.uncertainty_ms):
        together = list(alike)
        for start in range(0, len(together), READINGS_A_PACK):
            yield from _fitting(together[start : start + READINGS_A_PACK], outbox)


def _fitting(kept: list[Kept], outbox: UUID) -> Iterator[tuple[Sequences, bytes]]:
    ordered = sorted(kept, key=lambda one: one.sequence)
    sequences = Sequences.of(one.sequence for one in ordered)
    pack = Pack(
        outbox=outbox,
        sequences=sequences,
        readings=tuple(one.reading for one in ordered),
        uncertainty_ms=ordered[0].uncertainty_ms,
    )
    try:
        yield sequences, encode_pack(pack)
    except BadPack:
        if len(kept) == 1:
            raise
        yield from _fitting(ordered[: len(ordered) // 2], outbox)
        yield from _fitting(ordered[len(ordered) // 2 :], outbox)
