"""The pack: one MQTT message of readings, as SenML JSON, compressed when that makes it smaller."""

from uuid import UUID

import msgspec

from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences

LARGEST_WIRE_BYTES = 16 * 1024
LARGEST_EXPANDED_BYTES = 256 * 1024


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of one outbox: the i-th reading has the i-th number of `sequences`.

    `uncertainty_ms` bounds how far the instants may be from the truth; 0 is a clock that was trusted.
    """

    outbox: UUID
    sequences: Sequences
    readings: tuple[Reading, ...]
    uncertainty_ms: int = 0


def encode_pack(pack: Pack) -> bytes:
    """Return the wire form of `pack`; `BadPack` where it would exceed `LARGEST_WIRE_BYTES`."""
    raise NotImplementedError


def decode_pack(payload: bytes) -> Pack:
    """Read a pack from the wire.

    Raises `BadCompression`, `BadSenml` or `BadPack`, each naming the rule that is broken. Whatever the payload, at most
    `LARGEST_EXPANDED_BYTES` are ever expanded.
    """
    raise NotImplementedError
