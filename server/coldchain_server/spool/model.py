"""What goes into the spool and what comes out of it."""

import enum
import hashlib
from uuid import UUID

import msgspec

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.columns import Columns

LARGEST_WHOLE_BYTES = 256 * 1024
KEPT_BYTES = 64 * 1024
LONGEST_TEXT = 1000
_NONE = Sequences()


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A pack that passed every check on arrival. `live` tells the live topic from backfill.

    Readings of an `estimated` one are dated by their receipt, for judging and showing; they come again once their
    device knows the time, so they are neither remembered as received nor stored.
    """

    site: SiteId
    device: DeviceId
    live: bool
    received_ms: int
    pack: Pack
    estimated: bool = False
    repeats: int = 0


class Reason(enum.Enum):
    """Why something that came in could not be used."""

    TOPIC = "topic"
    UNKNOWN_DEVICE = "unknown-device"
    COMPRESSION = "compression"
    SENML = "senml"
    PACK = "pack"
    MESSAGE = "message"
    TOO_LARGE = "too-large"
    UNKNOWN_PROBE = "unknown-probe"
    BEFORE_ENROLMENT = "before-enrolment"
    FUTURE = "future"
    BUNDLE = "bundle"
    REFUSED_BY_STORE = "refused-by-store"
    UNFORESEEN = "unforeseen"


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came in and could not be used.

    `payload` is whole up to 256 KiB; above that it holds the first 64 KiB, and `length` and `sha256` tell of the rest.
    `outbox` and `sequences` are known where only some readings of a good pack were refused.
    """

    topic: str
    device: DeviceId | None
    reason: Reason
    detail: str
    received_ms: int
    payload: bytes
    length: int
    sha256: str
    outbox: UUID | None = None
    sequences: Sequences = Sequences()


def quarantined(
    payload: bytes,
    reason: Reason,
    *,
    topic: str,
    device: DeviceId | None,
    detail: str,
    received_ms: int,
    outbox: UUID | None = None,
    sequences: Sequences = _NONE,
) -> Quarantined:
    """Return what to set aside: the payload whole up to 256 KiB, above that its first 64 KiB, length and SHA-256."""
    return Quarantined(
        topic=_storable(topic),
        device=device,
        reason=reason,
        detail=_storable(detail),
        received_ms=received_ms,
        payload=payload if len(payload) <= LARGEST_WHOLE_BYTES else payload[:KEPT_BYTES],
        length=len(payload),
        sha256=hashlib.sha256(payload).hexdigest(),
        outbox=outbox,
        sequences=sequences,
    )


def _storable(text: str) -> str:
    """Return `text` short, and without the lone surrogates that a JSON escape can smuggle in and no database takes."""
    return text[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the quarantine. The same thing coming in again counts in `times` and is not kept twice."""

    id: int
    times: int
    last_ms: int
    item: Quarantined

    @property
    def whole(self) -> bool:
        """Whether all of the payload was kept, so that it can be tried again."""
        return self.item.length == len(self.item.payload)


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """What a device sent beyond its quota of the quarantine: counted, not kept. `device` None: nobody known."""

    device: DeviceId | None
    entries: int
    bytes: int
    since_ms: int


class Spooled(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One pack's fresh readings with their sequence numbers: those never received before.

    Readings numbered in `moved` met another reading of their probe at the same instant and were moved to the next free
    millisecond. Those of an `estimated` pack are for judging only: no store takes them.
    """

    position: int
    site: SiteId
    device: DeviceId
    live: bool
    received_ms: int
    uncertainty_ms: int
    outbox: UUID
    columns: Columns
    moved: Sequences = Sequences()
    estimated: bool = False

    @property
    def readings(self) -> tuple[tuple[int, Reading], ...]:
        """Return each reading with its number, made anew whenever it is asked for."""
        return tuple(zip(self.columns.numbers, self.columns.readings(), strict=True))
