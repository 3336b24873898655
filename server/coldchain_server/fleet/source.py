"""Sources: what tells temperatures without a device of ours, and how far each kind is to be trusted."""

import enum
import hashlib
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId


class SourceKind(enum.Enum):
    """`zigbee2mqtt` to `json` publish over MQTT; a logger has files to import; a hand types readings or sends SMS."""

    ZIGBEE2MQTT = "zigbee2mqtt"
    TASMOTA = "tasmota"
    ESPHOME = "esphome"
    JSON = "json"
    LOGGER = "logger"
    HAND = "hand"

    @property
    def live(self) -> bool:
        """Whether it publishes by itself, as things are measured."""
        return self not in (SourceKind.LOGGER, SourceKind.HAND)


class Confidence(enum.Enum):
    """How far a reading is to be trusted, by where it comes from."""

    HIGH = "high"  # a probe of our own device: checked, dated and confirmed from end to end
    MEDIUM = "medium"  # another maker's sensor: one link of many may have altered or delayed it
    LATE = "late"  # a logger's file: measured well, told long after
    LOW = "low"  # read and typed by a person, once in a while

    @property
    def turn(self) -> int:
        """Return when it may speak for a unit: first what tells by itself, then a hand, then a logger."""
        return {Confidence.LOW: 1, Confidence.LATE: 2}.get(self, 0)


class TemperatureUnit(enum.Enum):
    CELSIUS = "C"
    FAHRENHEIT = "F"


class TimeUnit(enum.Enum):
    """What a time that is a number counts since 1970 UTC. A time that is a text is ISO 8601."""

    SECONDS = "s"
    MILLISECONDS = "ms"


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One probe's value: a `field` (keys joined by dots; empty: the whole message is the number) of one topic."""

    probe: ProbeUrn
    topic: str
    field: str
    unit: TemperatureUnit = TemperatureUnit.CELSIUS


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source at one site; its `id` stands where a device's does, and no device has the same.

    `zone` is that of times without one. `time_field` empty: messages carry no time, and count when they are received.
    `serial` is a logger's, empty where any logger's file may be its.
    """

    id: DeviceId
    site: SiteId
    kind: SourceKind
    report_s: int
    zone: ZoneInfo
    time_field: str = ""
    time_unit: TimeUnit = TimeUnit.SECONDS
    serial: str = ""
    feeds: tuple[Feed, ...] = ()

    @property
    def confidence(self) -> Confidence:
        return _CONFIDENCE.get(self.kind, Confidence.MEDIUM)

    @property
    def live(self) -> bool:
        return self.kind.live

    @property
    def sample_s(self) -> int:
        """Return how far apart its readings are: it tells each one as it is taken."""
        return self.report_s

    @property
    def delivery_s(self) -> int:
        """Return how long after a reading it may be told and still be news."""
        return {SourceKind.LOGGER: 0, SourceKind.HAND: _HAND_IS_NEWS_S}.get(self.kind, self.report_s)

    def present_s(self, silent_after_s: int) -> int:
        """Return how long a reading may be taken for the present one, given how long silence is borne in the unit."""
        if self.kind is SourceKind.HAND:
            return max(silent_after_s, _HAND_IS_PRESENT_S)
        return max(silent_after_s, 2 * self.report_s) if self.live else silent_after_s


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of source does where the fleet file says nothing else."""

    report_s: int
    field: str = ""
    time_field: str = ""
    time_unit: TimeUnit = TimeUnit.SECONDS


USUAL: Mapping[SourceKind, Usual] = {
    SourceKind.ZIGBEE2MQTT: Usual(report_s=3600, field="temperature", time_unit=TimeUnit.MILLISECONDS),
    SourceKind.TASMOTA: Usual(report_s=300, field="DS18B20.Temperature", time_field="Time"),
    SourceKind.ESPHOME: Usual(report_s=300),
    SourceKind.JSON: Usual(report_s=900),
    SourceKind.LOGGER: Usual(report_s=31 * 86400),
    SourceKind.HAND: Usual(report_s=43200),
}

_CONFIDENCE = {SourceKind.LOGGER: Confidence.LATE, SourceKind.HAND: Confidence.LOW}
_HAND_IS_NEWS_S = 3600
_HAND_IS_PRESENT_S = 7200


def local_urn(*names: str) -> ProbeUrn:
    """Return the probe name of something that has none of its own: the same for the same `names`.

    RFC 9039 has no form for what nobody numbered; an EUI-64 with the bit for "locally administered" set is the number
    that whoever runs a place may give away there (IEEE 802, RFC 7042).
    """
    digest = bytearray(hashlib.sha256("\n".join(names).encode()).digest()[:8])
    digest[0] = digest[0] & 0xFC | 0x02
    return ProbeUrn(f"urn:dev:mac:{digest.hex()}")
