"""From readings to packs: no larger than the wire allows, one uncertainty each."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

import msgspec

from coldchain_contract.errors import BadPack
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_device.outbox import Kept

READINGS_A_PACK = 200
"""About 3 KB compressed: a pack gets through a bad 2G link in one piece."""


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of some readings, and their wire form; or why they have none."""

    sequences: Sequences
    payload: bytes = b""
    unsendable: str = ""


def packed(kept: Sequence[Kept], outbox: UUID) -> Iterator[Packed]:
    """Yield every reading of `kept` in a pack; one that no pack can hold stands alone, with the reason."""
    for _, alike in groupby(kept, key=lambda one: one.uncertainty_ms):
        together = list(alike)
        for start in range(0, len(together), READINGS_A_PACK):
            chunk = together[start : start + READINGS_A_PACK]
            yield from _fitting(sorted(chunk, key=lambda one: one.sequence), outbox)


def _fitting(kept: list[Kept], outbox: UUID) -> Iterator[Packed]:
    sequences = Sequences.of(one.sequence for one in kept)
    readings = tuple(one.reading for one in kept)
    pack = Pack(outbox=outbox, sequences=sequences, readings=readings, uncertainty_ms=kept[0].uncertainty_ms)
    try:
        yield Packed(sequences=sequences, payload=encode_pack(pack))
    except BadPack as error:
        if len(kept) == 1:
            yield Packed(sequences=sequences, unsendable=str(error))
            return
        middle = len(kept) // 2
        yield from _fitting(kept[:middle], outbox)
        yield from _fitting(kept[middle:], outbox)
