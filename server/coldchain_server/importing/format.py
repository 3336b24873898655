"""What a file format is to the import: how it is recognised, and how it becomes what reception makes of messages."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

import msgspec

from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_contract.settings import Secret
from coldchain_server.asking.losses import Loss
from coldchain_server.ingest.reception import Known, Received

HEAD_BYTES = 4096
"""How much of a file's beginning its format is recognised by."""


class ImportContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a format is read against: who is enrolled and what is placed, now, and what the person said beside it.

    `keys` are the signing keys (hex) of enrolled devices. `unsigned` takes in what carries no valid signature.
    `unit` and `device` name what a file belongs to that does not say so itself.
    """

    known: Known
    now_ms: int
    keys: Mapping[DeviceId, Secret]
    file: str = ""
    unsigned: bool = False
    unit: UnitId | None = None
    device: DeviceId | None = None


class Format(Protocol):
    """One kind of file. A format keeps nothing between two files."""

    @property
    def name(self) -> str:
        """Return what a person calls such a file."""
        ...

    def recognises(self, head: bytes) -> bool:
        """Return whether a file that begins with `head` (up to `HEAD_BYTES`) is of this format. Raises nothing."""
        ...

    def read(self, stream: BinaryIO, context: ImportContext) -> Iterator[Received | Loss]:
        """Yield the worth of the file part by part, from its beginning; the whole never stands in memory.

        A part that cannot be used is yielded as what is to be quarantined, and the rest follows. A loss is one that the
        file itself vouches for. Raises `BadEntry`
        where the file as a whole may not or cannot be taken in, before the first part.
        """
        ...
