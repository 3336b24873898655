"""Making a bundle: packs of what is selected, and the manifest that says what they hold."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO

import msgspec

from coldchain_contract.bundle import UNSIGNED, Carried, Manifest, encode_bundle
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.sequences import Sequences
from coldchain_device.export.selection import Selected, span_of
from coldchain_device.uplink.packing import packed


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a bundle, with which software, when by its own clock, and the key it is signed with."""

    site: SiteId
    device: DeviceId
    software: str
    now_ms: int
    key: bytes = UNSIGNED


class Bundled:
    """A bundle that is ready to be written.

    The packs wait in `packs`, a file of the caller's, because the manifest stands before them. `left_out` are how many
    readings no pack can hold; `progress` hears of readings that are done.
    """

    def __init__(
        self, selected: Sequence[Selected], maker: Maker, *, packs: IO[bytes], progress: Callable[[int], None]
    ) -> None:
        self._key, self._packs, self._sizes, self.left_out = maker.key, packs, list[int](), 0
        carried = tuple(self._carried(one, progress) for one in selected)
        first_ms, last_ms = span_of(selected)
        self.manifest = Manifest(
            site=maker.site,
            device=maker.device,
            software=maker.software,
            made_ms=maker.now_ms,
            from_ms=first_ms,
            until_ms=last_ms,
            outboxes=carried,
            readings=sum(len(one.sequences) for one in selected) - self.left_out,
            packs=len(self._sizes),
            signed=maker.key != UNSIGNED,
        )

    def pieces(self) -> Iterator[bytes]:
        """Yield the bundle piece by piece; may be called again."""
        self._packs.seek(0)
        return encode_bundle(self.manifest, (self._packs.read(size) for size in self._sizes), self._key)

    def size(self) -> int:
        """Return how many bytes it has, the manifest's own as a guess."""
        return sum(self._sizes) + 64 * len(self._sizes) + 4096

    def _carried(self, selected: Selected, progress: Callable[[int], None]) -> Carried:
        carried: list[tuple[int, int]] = []
        for portion in selected.readings():
            for part in packed(portion, selected.outbox.id):
                if part.unsendable:
                    self.left_out += len(part.sequences)
                    continue
                self._packs.write(part.payload)
                self._sizes.append(len(part.payload))
                carried += part.sequences.ranges
            progress(len(portion))
        return Carried(
            outbox=str(selected.outbox.id), sequences=str(Sequences.joined(carried)), lost=str(selected.lost)
        )
