"""The messages beside packs: status, alarm, config, stored, request and its answer. JSON, strict about what is known.

Fields may be added within version 1, so a reader lets unknown ones pass: devices in the field are updated one trip at
a time. A field is never renamed and never changes its meaning.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from coldchain_contract.errors import BadMessage
from coldchain_contract.readings import Quality

LARGEST_MESSAGE_BYTES = 16 * 1024

_LARGEST = 2**53 - 1

Instant = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970 UTC, up to the year 9999."""
Count = Annotated[int, Meta(ge=0, le=_LARGEST)]
Seconds = Annotated[int, Meta(ge=1, le=30 * 86_400)]
Degrees = Annotated[float, Meta(ge=-273.15, le=1000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
EventId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,35}\Z")]
"""What was told of the milk is known by it, whoever gave it one."""
Text = Annotated[str, Meta(max_length=1000)]
Name = Annotated[str, Meta(min_length=1, max_length=160)]
OutboxName = Annotated[str, Meta(pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?\Z")]
"""An outbox id in lower case, or empty for none."""
SequencesText = Annotated[str, Meta(pattern=r"^([1-9][0-9]*(-[1-9][0-9]*)?(,[1-9][0-9]*(-[1-9][0-9]*)?)*)?\Z")]
"""As `Sequences` are written; empty for none."""
QualityName = Annotated[str, Meta(pattern=f"^({'|'.join(quality.value for quality in Quality)})\\Z")]
LightName = Annotated[str, Meta(pattern="^(green|amber|red|unknown)\\Z")]
ChangeName = Annotated[str, Meta(pattern="^(raised|cleared|heard|unknown)\\Z")]
SideName = Annotated[str, Meta(pattern="^(above|below)\\Z")]
Word = Annotated[str, Meta(pattern=r"^([a-z]([a-z-]{0,30}[a-z])?)?\Z")]
"""The name of a reason, level or trouble, or empty for none; one that the reader does not know says nothing to it."""
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
"""A local time of day, such as 18:00."""


class ProbeHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one probe did lately: its last quality and how many faults in a row."""

    probe: Name
    quality: QualityName
    faults_in_a_row: Count = 0


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device's health; retained. Its last will has `online` false and nothing else but `at_ms`.

    `waiting` are the unconfirmed numbers themselves, which the device sends unasked; left out where it cannot say them
    in few words. `clock_source` is who told the device the time, `clock_off_ms` how far its own clock is ahead of that.
    The server repeats `question` in its answer. `recovery_steps` counts, by name, what was done about a silent server;
    `contested_since_ms` is since when another box uses this device's name. `troubles` are what is wrong with the box
    itself, such as a button that is stuck.
    """

    at_ms: Instant
    online: bool
    software: Text = ""
    uptime_s: Count = 0
    boot_id: Text = ""
    boot_reason: Text = ""
    boots: Count = 0
    clock_trusted: bool = False
    question: Count = 0
    clock_source: Annotated[str, Meta(pattern="^(|server|ntp|fitted|disputed)\\Z")] = ""
    clock_off_ms: Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)] | None = None
    outbox: OutboxName = ""
    lowest_sequence: Count = 0
    highest_sequence: Count = 0
    unconfirmed: Count = 0
    waiting: SequencesText = ""
    disk_free_bytes: Count | None = None
    soc_celsius: Degrees | None = None
    under_voltage: bool | None = None
    mains: bool | None = None
    battery_percent: Percent | None = None
    signal_dbm: Annotated[float, Meta(ge=-200, le=100)] | None = None
    probes: tuple[ProbeHealth, ...] = ()
    config_version: Count = 0
    recovery_steps: dict[Name, Count] = {}
    contested_since_ms: Instant | None = None
    troubles: tuple[Word, ...] = ()


class LocalAlarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The box's own alarm changed. `light` is what it shows now; unknown is blinking. `heard` is the button.

    `why` and `level` are those of the worst thing found, as `coldchain_judgement` names them, and `since_ms` is since
    when it goes on; nothing where nothing is wrong. `asked` is a `heard` that a `silence` request brought: nobody stood
    at the box.
    """

    at_ms: Instant
    unit: Name
    light: LightName
    change: ChangeName
    reason: Text = ""
    celsius: Degrees | None = None
    why: Word = ""
    level: Annotated[str, Meta(pattern="^(|warning|critical)\\Z")] = ""
    since_ms: Instant | None = None
    asked: bool = False


class MilkTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody told at the box what became of the milk in a unit; sent again until the server has it under its `id`.

    `kind` is `milk-in` or `emptied`, and `milked` of milk that came in just-milked, this-morning or older-or-unknown,
    as `coldchain_judgement.milk` names them. `corrects` is the id of what it takes the place of: a slip of the finger.
    """

    id: EventId
    unit: Name
    at_ms: Instant
    kind: Word
    milked: Word = ""
    corrects: EventId | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server's confirmation: sequences that are durable on its disk, and those it refuses with the reason.

    `question` is that of the status it answers, 0 for none; nothing need be stored then.
    `milk` are the ids of what was told of the milk and is durable, or set aside for good; the outbox is empty then.
    """

    outbox: OutboxName
    server_time_ms: Instant
    stored: SequencesText = ""
    refused: SequencesText = ""
    reason: Text = ""
    question: Count = 0
    milk: tuple[EventId, ...] = ()


class LimitSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One limit as a device applies it to its own alarm; `inclusive` says whether exactly `celsius` counts."""

    name: Name
    side: SideName
    celsius: Degrees
    inclusive: bool
    for_s: Annotated[int, Meta(ge=0, le=30 * 86_400)]


class PlacementSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one probe sits, as the device needs it, and what is plausible there."""

    probe: Name
    unit: Name
    place: Name
    lowest_celsius: Degrees
    highest_celsius: Degrees


class CumulativeSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Above `celsius` for `for_s` in all, within the last `window_s`; `inclusive` as in `LimitSetting`."""

    name: Name
    celsius: Degrees
    inclusive: bool
    for_s: Annotated[int, Meta(ge=0, le=30 * 86_400)]
    window_s: Seconds


class CoolingSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Warm milk poured in is cooled in this unit: to `celsius` within `for_s`, at the latest within `longest_s`."""

    celsius: Degrees
    for_s: Seconds
    longest_s: Seconds


class CapacitySetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is learnt of how a unit cools: how long its last fills took, and its slowest steps by band (s)."""

    took_s: tuple[Count, ...] = ()
    slowest_s: tuple[tuple[Count, ...], ...] = ()


class CurfewSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When nobody is asked to go out, every day, by the clocks of `zone` (such as Africa/Bamako); may span midnight.

    Where it ends as it starts, there is none.
    """

    zone: Name
    starts: ClockTime
    ends: ClockTime


class MilkEventSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server knows to have happened to the milk in a unit, wherever it was told: on a page, by SMS, at a box.

    `event` is one of `coldchain_judgement.milk.events`, as it is written there; one that a device does not know says
    nothing to it.
    """

    id: EventId
    event: dict[str, Any]


class MilkSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what the raw milk in a unit is judged, as `coldchain_judgement.milk.terms` says it, and what was told of it
    lately: `events` are in force, `withdrawn` are ids that a box knows and that count no longer."""

    zone: Name
    species: Word = "cow"
    offset_log10: Annotated[float, Meta(ge=-3, le=3)] = 0.0
    tested: bool = False
    needed_at: tuple[ClockTime, ...] = ()
    milked_at: ClockTime = "06:00"
    warm_celsius: Degrees = 35.0
    lag_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    events: tuple[MilkEventSetting, ...] = ()
    withdrawn: tuple[EventId, ...] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server wants a device to go by; retained and versioned. What is a table is by unit.

    Without a `curfew` the device keeps to its own, without a unit's `cooling` it judges warm milk as warm though it was
    just poured in, and without its `capacity` it is patient until it has learnt it. Without `milk` nothing is said
    of how long its milk keeps.
    """

    version: Count
    sample_s: Seconds = 60
    report_s: Seconds = 600
    placements: tuple[PlacementSetting, ...] = ()
    limits: dict[str, tuple[LimitSetting, ...]] = {}
    labels: dict[str, Text] = {}
    curfew: CurfewSetting | None = None
    cumulative: dict[str, tuple[CumulativeSetting, ...]] = {}
    cooling: dict[str, CoolingSetting] = {}
    capacity: dict[str, CapacitySetting] = {}
    milk: dict[str, MilkSetting] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something asked of a device: resend a range, read now, identify (blink), silence.

    An action the device does not know is answered, not refused, so any text may stand here.

    A silence that names a `unit` is for that one, else for all. It is about `whys`, what the server knows to be wrong
    there; what is found besides goes on shouting. Empty: about everything.
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    action: Name
    expires_ms: Instant
    outbox: OutboxName = ""
    sequences: SequencesText = ""
    unit: Text = ""
    whys: tuple[Word, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device's answer to a request; `gone` are numbers asked for that are no longer on its card."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    done: bool
    detail: Text = ""
    gone: SequencesText = ""


M = TypeVar("M", bound=msgspec.Struct)


def decode_message(payload: bytes, kind: type[M]) -> M:
    """Read one message of `kind`; `BadMessage` says which field is wrong. Messages over 16 KiB are refused unread."""
    _check_size(payload, kind)
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(f"not a {kind.__name__} message: {error}") from error


def encode_message(message: msgspec.Struct) -> bytes:
    """Write one message as JSON, defaults left out; `BadMessage` where it would be over 16 KiB."""
    payload = msgspec.json.encode(message)
    _check_size(payload, type(message))
    return payload


def _check_size(payload: bytes, kind: type[msgspec.Struct]) -> None:
    if len(payload) > LARGEST_MESSAGE_BYTES:
        raise BadMessage(f"a {kind.__name__} message of {len(payload)} bytes is over {LARGEST_MESSAGE_BYTES}")
