"""What goes into the spool and what comes out of it."""

import enum
from uuid import UUID

import msgspec

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that passed every check on arrival. `live` tells the live topic from backfill."""

    site: SiteId
    device: DeviceId
    live: bool
    received_ms: int
    pack: Pack


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
    REFUSED_BY_STORE = "refused-by-store"


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


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """One pack's fresh readings with their sequence numbers: those never received before."""

    position: int
    site: SiteId
    device: DeviceId
    live: bool
    received_ms: int
    uncertainty_ms: int
    outbox: UUID
    readings: tuple[tuple[int, Reading], ...]
