"""The fleet file's tables: every key with its bounds, unit, default and meaning."""

import enum
from datetime import datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from coldchain_judgement.limits import Level, Side
from coldchain_judgement.milk.kinds import Species
from coldchain_server.fleet.guard_tables import BlendTable, CoolingTable, CumulativeTable, TrendTable
from coldchain_server.fleet.model import Place, Role, UnitKind
from coldchain_server.fleet.source import SourceKind, TemperatureUnit, TimeUnit

LONGEST_NAME = 40
EVERY_SITE = "*"

_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
_Celsius = Annotated[float, Meta(ge=-55, le=125, extra_json_schema={"unit": "°C"})]
_Litres = Annotated[float, Meta(gt=0, le=100_000, extra_json_schema={"unit": "L"})]
_Seconds = Annotated[int, Meta(ge=0, le=7 * 86400, extra_json_schema={"unit": "s"})]
_Rhythm = Annotated[int, Meta(ge=1, le=100 * 86400, extra_json_schema={"unit": "s"})]
_Serial = Annotated[str, Meta(min_length=1, max_length=40)]
_Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
_Instant = Annotated[datetime, Meta(tz=True)]
_LocalTime = Annotated[time, Meta(tz=False)]


class Language(enum.Enum):
    """The languages that people may know. What is not written or checked in theirs is said in French."""

    FRENCH = "fr"
    ENGLISH = "en"
    BAMBARA = "bm"
    FULFULDE = "ff"
    HAUSA = "ha"
    SONGHAY = "ses"
    ZARMA = "dje"
    TAWELLEMMET = "ttq"
    TADAKSAHAK = "dsq"
    ARABIC = "ar"


class Curfew(enum.Enum):
    """That a site has no curfew has to be said."""

    NONE = "none"


CURFEW = (time(18), time(6))
"""The curfew of a site of which the file says nothing."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class StepTable(_Table, frozen=True, kw_only=True):
    """`[[sites.ID.escalation]]`: who is told next where nobody has answered."""

    after_s: Annotated[_Seconds, Meta(description="how long after the first message, without an answer, they are told")]
    contacts: Annotated[tuple[str, ...], Meta(min_length=1, description="who is told then")]


class SiteTable(_Table, frozen=True, kw_only=True):
    """`[sites.ID]`: a cooperative's place."""

    name: Annotated[_Name, Meta(description="what people call the place; messages begin with it")]
    zone: Annotated[ZoneInfo, Meta(description="its time zone; messages and pages speak in its local time")]
    curfew_from: Annotated[
        _LocalTime | None, Meta(description="from when, in local time, nobody is asked to go out; with `curfew_to`")
    ] = None
    curfew_to: Annotated[_LocalTime | None, Meta(description="until when; the curfew may span midnight")] = None
    curfew: Annotated[
        Curfew | None, Meta(description="`none` where there is no curfew; if nothing is said, it is 18:00 to 06:00")
    ] = None
    quiet_from: Annotated[
        _LocalTime | None,
        Meta(description="from when, in local time, only critical milk is told; with `quiet_to`"),
    ] = None
    quiet_to: Annotated[_LocalTime | None, Meta(description="until when; may span midnight")] = None
    heartbeat: Annotated[
        str | None, Meta(description="the contact who gets a daily SMS, which tries the whole way; absent: nobody")
    ] = None
    escalation: Annotated[
        tuple[StepTable, ...], Meta(description="who is told, step by step, until somebody answers; absent: by role")
    ] = ()
    collected_at: Annotated[
        tuple[_LocalTime, ...],
        Meta(description="when milk is collected each day, in local time: it is to last so long"),
    ] = ()
    market_at: Annotated[
        tuple[_LocalTime, ...], Meta(description="when milk is sold each day, in local time: it is to last so long")
    ] = ()
    milked_at: Annotated[
        _LocalTime, Meta(description="when the morning's milking is: what *this morning* means of milk")
    ] = time(6)
    species: Annotated[
        tuple[Species, ...],
        Meta(min_length=1, description="whose milk is kept; where it is several, whoever brings milk is asked whose"),
    ] = (Species.COW,)


class UnitTable(_Table, frozen=True, kw_only=True):
    """`[units.ID]`: one cooler, freezer, tank or transport box, or a pasteuriser."""

    site: Annotated[str, Meta(description="the site it stands on")]
    name: Annotated[_Name, Meta(description="what people call it, such as the label on its door")]
    kind: Annotated[UnitKind, Meta(description="what it is; sets what its probes may plausibly say")]
    profile: Annotated[str, Meta(description="the limits it is judged by: built in, or from `profiles` below")]
    litres: Annotated[_Litres | None, Meta(description="how much milk it holds")] = None


class DeviceTable(_Table, frozen=True, kw_only=True):
    """`[devices.ID]`: a Raspberry Pi."""

    site: Annotated[str, Meta(description="the site it stands on")]
    sample_s: Annotated[
        int, Meta(ge=1, le=3600, description="how often it reads its probes", extra_json_schema={"unit": "s"})
    ] = 60
    report_s: Annotated[
        int,
        Meta(
            ge=1,
            le=86400,
            description="how often it sends readings that can wait; not more often than it reads",
            extra_json_schema={"unit": "s"},
        ),
    ] = 600


class FeedTable(_Table, frozen=True, kw_only=True):
    """`[[sources.ID.probes]]`: one probe's value in the messages of a source."""

    probe: Annotated[str, Meta(description="the probe: `urn:dev:mac:…`, `urn:dev:ow:…` or the kernel's `28-…`")]
    topic: Annotated[str, Meta(min_length=1, max_length=200, description="the topic it is published on, in full")]
    field: Annotated[
        str | None,
        Meta(description="where in the message, keys joined by dots; absent: as the kind usually has it"),
    ] = None
    unit: Annotated[
        TemperatureUnit, Meta(description="what it is measured in, where the message itself does not say so")
    ] = TemperatureUnit.CELSIUS


class SourceTable(_Table, frozen=True, kw_only=True):
    """`[sources.ID]`: something that tells temperatures without a device of ours."""

    site: Annotated[str, Meta(description="the site it stands on")]
    kind: Annotated[SourceKind, Meta(description="how it tells them")]
    report_s: Annotated[
        _Rhythm | None,
        Meta(description="how often it tells; twice that without a reading is silence; absent: by the kind"),
    ] = None
    zone: Annotated[ZoneInfo | None, Meta(description="of times that name no zone; absent: the site's")] = None
    time_field: Annotated[
        str | None,
        Meta(description="where in a message its time is; empty: it has none; absent: as the kind usually has it"),
    ] = None
    time_unit: Annotated[
        TimeUnit | None, Meta(description="what a time that is a number counts since 1970; absent: by the kind")
    ] = None
    serial: Annotated[_Serial | None, Meta(description="the number of a logger, as its files have it")] = None
    probes: Annotated[tuple[FeedTable, ...], Meta(description="the values it publishes; none for logger and hand")] = ()


class PlacementTable(_Table, frozen=True, kw_only=True):
    """`[[placements]]`: which probe sat in which unit, where, from when to when."""

    unit: Annotated[str, Meta(description="the unit it sits in")]
    place: Annotated[Place, Meta(description="where in the unit; `milk` is a food-grade well or a bottle")]
    from_: Annotated[_Instant, Meta(description="since when, with its offset to UTC")] = msgspec.field(name="from")
    probe: Annotated[
        str | None,
        Meta(description="the probe: `urn:dev:ow:…` or the kernel's `28-…`; a logger or a hand needs none"),
    ] = None
    device: Annotated[str | None, Meta(description="the device that reads it; of the same site as the unit")] = None
    source: Annotated[str | None, Meta(description="instead of a device, the source that tells it")] = None
    to: Annotated[_Instant | None, Meta(description="until when; absent: still")] = None
    lowest_celsius: Annotated[
        _Celsius | None, Meta(description="below is a fault of the probe; absent: by the unit's kind")
    ] = None
    highest_celsius: Annotated[
        _Celsius | None, Meta(description="above is a fault of the probe; absent: by the unit's kind")
    ] = None


class ContactTable(_Table, frozen=True, kw_only=True):
    """`[contacts.ID]`: a person who is told."""

    name: Annotated[_Name, Meta(description="who it is")]
    language: Annotated[Language, Meta(description="the language this person knows best")]
    role: Annotated[Role, Meta(description="who is told when, where the site has no `escalation` of its own")]
    sites: Annotated[
        tuple[str, ...], Meta(min_length=1, description='the sites this person hears of; `["*"]` is all of them')
    ]
    channels: Annotated[
        tuple[str, ...], Meta(description="Apprise addresses, or `console:`, in the order they are used")
    ] = ()
    channels_file: Annotated[
        str | None,
        Meta(description="a file with further addresses, one a line, so that their secrets stay out of this one"),
    ] = None
    phone: Annotated[
        _Phone | None,
        Meta(description="the number this person answers from, and sends readings from by SMS"),
    ] = None
    phones: Annotated[tuple[_Phone, ...], Meta(description="further numbers of this person")] = ()
    also_reads: Annotated[tuple[Language, ...], Meta(description="further languages this person knows")] = ()
    literate: Annotated[
        bool, Meta(description="`false` for who does not read: calls come first, and no text counts as told")
    ] = True
    shared: Annotated[bool, Meta(description="whether others use the phone too: it is told no sales figures")] = False
    good_news: Annotated[
        bool, Meta(description="whether to say at 06:00 that all was known and within its limits that night")
    ] = False
    quiet_from: Annotated[
        _LocalTime | None,
        Meta(description="from when, in the site's local time, only critical milk is told; with `quiet_to`"),
    ] = None
    quiet_to: Annotated[_LocalTime | None, Meta(description="until when; may span midnight")] = None


class LimitTable(_Table, frozen=True, kw_only=True):
    """`[[profiles.ID.limits]]`: one limit of a profile."""

    name: Annotated[str, Meta(min_length=1, max_length=32, description="its name, once in its profile")]
    side: Annotated[Side, Meta(description="which side of the line is bad")]
    celsius: Annotated[_Celsius, Meta(description="the line")]
    level: Annotated[Level, Meta(description="`critical` is told at any hour, `warning` waits for the curfew's end")]
    source: Annotated[str, Meta(min_length=1, description="the standard, law or person it comes from")]
    inclusive: Annotated[bool, Meta(description="whether exactly the line is already bad")] = False
    for_s: Annotated[_Seconds, Meta(description="how long without a break before it is a breach")] = 0
    clear_celsius: Annotated[
        _Celsius | None, Meta(description="the line it must come back to; absent: the same line")
    ] = None
    clear_for_s: Annotated[_Seconds, Meta(description="how long it must stay back before the breach is over")] = 0


class ProfileTable(_Table, frozen=True, kw_only=True):
    """`[profiles.ID]`: a set of limits of your own, beside those built in."""

    title: Annotated[str, Meta(min_length=1, description="what people call it")]
    source: Annotated[str, Meta(min_length=1, description="where it comes from")]
    limits: Annotated[tuple[LimitTable, ...], Meta(description="its limits; none: only silence and faults count")] = ()
    cumulative: tuple[CumulativeTable, ...] = ()
    cooling: CoolingTable | None = None
    blend: BlendTable | None = None
    trend: TrendTable | None = None
    silent_after_s: Annotated[_Seconds, Meta(description="how long silence is borne before it counts")] = 1800
    fault_after_s: Annotated[_Seconds, Meta(description="how long a probe may fail before it counts")] = 600
    held_s: Annotated[_Seconds, Meta(description="how long milk is held at most: longer ago, it is gone")] = 172_800
    raw_milk: Annotated[bool, Meta(description="whether it is raw milk, whose time is reckoned")] = False


class FleetFile(_Table, frozen=True, kw_only=True):
    """The whole file; `ID` is 1 to 32 of a-z, 0-9 and inner hyphens."""

    sites: dict[str, SiteTable] = {}
    units: dict[str, UnitTable] = {}
    devices: dict[str, DeviceTable] = {}
    sources: dict[str, SourceTable] = {}
    placements: tuple[PlacementTable, ...] = ()
    contacts: dict[str, ContactTable] = {}
    profiles: dict[str, ProfileTable] = {}


PLAUSIBLE: dict[UnitKind, tuple[float, float]] = {
    UnitKind.COOLER: (-10.0, 60.0),
    UnitKind.FREEZER: (-40.0, 60.0),
    UnitKind.TANK: (-10.0, 60.0),
    UnitKind.TRANSPORT: (-10.0, 60.0),
    UnitKind.PASTEURISER: (-10.0, 95.0),
}
"""What a probe may plausibly say by the kind of unit it sits in, °C; outside it is a fault of the probe."""
