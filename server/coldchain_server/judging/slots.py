"""Which checkpoints of a probe are worth keeping: many of the last hours, ever fewer of what is long past."""

import zlib
from collections.abc import Iterator

SLOT_MS = 3 * 3600_000
"""How far apart the checkpoints of a probe are while they are new."""

KEPT_SLOTS = 400 * 8
"""How long a checkpoint is kept at all, in slots: some 400 days."""

_LEVELS = KEPT_SLOTS.bit_length() - 1


def slot_of(probe: str, at_ms: int) -> int:
    """Return the stretch of time that an instant lies in; probes change theirs at different times of day."""
    return (at_ms + zlib.crc32(probe.encode()) % SLOT_MS) // SLOT_MS


def outlived(newest: int) -> Iterator[tuple[int, int, int]]:
    """Yield what goes when the checkpoint of slot `newest` is written, as (last slot, modulus, remainder).

    The more binary zeros a slot's number ends in, the longer it is kept: two of each number of zeros. So from a
    checkpoint that is left to any instant is never much longer than from that instant to now, and a probe has no more
    than 30 in all.
    """
    yield newest - KEPT_SLOTS, 1, 0
    for zeros in range(_LEVELS):
        yield newest - (4 << zeros), 2 << zeros, 1 << zeros


def is_outlived(slot: int, *, newest: int) -> bool:
    """Return whether the checkpoint of `slot` goes when that of `newest` is written."""
    return any(slot <= last and slot % modulus == remainder for last, modulus, remainder in outlived(newest))
