"""The messages beside packs: status, alarm, config, stored, request and its answer. JSON, strict about their form."""

from typing import TypeVar

import msgspec

from coldchain_contract.errors import BadMessage

LARGEST_MESSAGE_BYTES = 16 * 1024


class ProbeHealth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one probe did lately: its last quality and how many faults in a row."""

    probe: str
    quality: str
    faults_in_a_row: int = 0


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A device's health; retained. Its last will has `online` false and nothing else but `at_ms`."""

    at_ms: int
    online: bool
    software: str = ""
    uptime_s: int = 0
    boot_id: str = ""
    boot_reason: str = ""
    boots: int = 0
    clock_trusted: bool = False
    outbox: str = ""
    lowest_sequence: int = 0
    highest_sequence: int = 0
    unconfirmed: int = 0
    disk_free_bytes: int | None = None
    soc_celsius: float | None = None
    under_voltage: bool | None = None
    mains: bool | None = None
    battery_percent: float | None = None
    signal_dbm: float | None = None
    probes: tuple[ProbeHealth, ...] = ()
    config_version: int = 0


class LocalAlarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The box's own alarm changed. `light` is what it shows now: green, amber, red or unknown (blinking)."""

    at_ms: int
    unit: str
    light: str
    change: str  # raised, cleared, heard (the button), unknown
    reason: str = ""
    celsius: float | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The server's confirmation: sequences that are durable on its disk, and those it refuses with the reason."""

    outbox: str
    server_time_ms: int
    stored: str = ""  # as Sequences are written; empty for none
    refused: str = ""
    reason: str = ""


class LimitSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One limit as a device applies it to its own alarm."""

    name: str
    side: str  # above or below
    celsius: float
    inclusive: bool
    for_s: int


class PlacementSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where one probe sits, as the device needs it."""

    probe: str
    unit: str
    place: str
    lowest_celsius: float
    highest_celsius: float


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the server wants a device to go by; retained and versioned."""

    version: int
    sample_s: int = 60
    report_s: int = 600
    placements: tuple[PlacementSetting, ...] = ()
    limits: dict[str, tuple[LimitSetting, ...]] = {}  # by unit
    labels: dict[str, str] = {}  # unit to the name people use


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something asked of a device: send a range again, read now, identify (blink), silence."""

    id: str
    action: str  # resend, read, identify, silence
    expires_ms: int
    outbox: str = ""
    sequences: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A device's answer to a request."""

    id: str
    done: bool
    detail: str = ""


M = TypeVar("M", bound=msgspec.Struct)


def decode_message(payload: bytes, kind: type[M]) -> M:
    """Read one message of `kind`; `BadMessage` says which field is wrong. Messages over 16 KiB are refused unread."""
    if len(payload) > LARGEST_MESSAGE_BYTES:
        raise BadMessage(f"a {kind.__name__} message of {len(payload)} bytes is over {LARGEST_MESSAGE_BYTES}")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadMessage(f"not a {kind.__name__} message: {error}") from error


def encode_message(message: msgspec.Struct) -> bytes:
    """Write one message as JSON, defaults left out."""
    return msgspec.json.encode(message)
