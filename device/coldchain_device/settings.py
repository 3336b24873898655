"""The settings of a device: what `device.toml` may say."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from coldchain_contract.identifiers import (
    DeviceId,
    ProbeUrn,
    SiteId,
    UnitId,
    identifier,
    kernel_name_of_urn,
    probe_urn,
)
from coldchain_contract.settings import Secret
from coldchain_device.profiles import builtin_profiles
from coldchain_device.recovery.settings import RecoverySettings
from coldchain_judgement.limits import Limit, Profile

_SECONDS = {"unit": "s"}
_CELSIUS = {"unit": "°C"}
_PERCENT = {"unit": "%"}
_LocalTime = Annotated[time, Meta(tz=False)]
_Pin = Annotated[int, Meta(ge=0, le=27)]
"""A GPIO number as Broadcom counts."""


class MqttSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach the broker. Times are real seconds, whatever clock a run declares."""

    host: Annotated[str, Meta(description="name or address of the broker")] = "localhost"
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port of the broker")] = 1883
    username: Annotated[str, Meta(description="user name; empty: the device's identifier")] = ""
    password: Annotated[Secret | None, Meta(description="password as enrolment gave it; not set: none is sent")] = None
    tls: Annotated[bool, Meta(description="encrypt and check the broker's certificate")] = False
    ca_file: Annotated[Path | None, Meta(description="certificates to trust; not set: the system's")] = None
    keepalive_s: Annotated[
        int, Meta(ge=5, le=7200, description="silence before a ping; longer than report_s, and a ping is never needed",
                  extra_json_schema=_SECONDS)
    ] = 1200  # fmt: skip
    answer_s: Annotated[
        float, Meta(ge=0.1, le=600, description="wait for the broker's acknowledgement before the connection is dead",
                    extra_json_schema=_SECONDS)
    ] = 30  # fmt: skip
    connect_timeout_s: Annotated[
        float, Meta(ge=1, le=300, description="longest wait for a connection; 2G is slow", extra_json_schema=_SECONDS)
    ] = 60
    longest_reconnect_s: Annotated[
        int, Meta(ge=1, le=3600, description="longest pause between two attempts to connect",
                  extra_json_schema=_SECONDS)
    ] = 120  # fmt: skip
    in_flight: Annotated[int, Meta(ge=2, le=20, description="most packs sent and not yet confirmed as stored")] = 10
    in_flight_bytes: Annotated[
        int, Meta(ge=1000, le=1_000_000, description="most of what piled up that is on its way ahead of fresh news",
                  extra_json_schema={"unit": "bytes"})
    ] = 6000  # fmt: skip
    confirm_s: Annotated[
        float, Meta(ge=0.1, le=3600, description="wait for the server's confirmation before a pack is sent again",
                    extra_json_schema=_SECONDS)
    ] = 60  # fmt: skip


class PlacementSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which probe sits in which unit and where; probes that are not listed are not sampled."""

    probe: Annotated[ProbeUrn, Meta(description="name of the probe, as `coldchain-device read` prints it")]
    unit: Annotated[UnitId, Meta(description="unit it sits in")]
    place: Annotated[
        Literal["milk", "wall", "air", "ambient"],
        Meta(description="where in the unit; the alarm goes by milk, or by wall where no probe is in the milk"),
    ] = "milk"
    lowest_celsius: Annotated[
        float, Meta(ge=-55, le=125, description="lowest plausible temperature there", extra_json_schema=_CELSIUS)
    ] = -10.0
    highest_celsius: Annotated[
        float, Meta(ge=-55, le=125, description="highest plausible temperature there", extra_json_schema=_CELSIUS)
    ] = 60.0
    offset_celsius: Annotated[
        float, Meta(ge=-5, le=5, description="added to what the probe says, from its ice bath",
                    extra_json_schema=_CELSIUS)
    ] = 0.0  # fmt: skip

    def __post_init__(self) -> None:
        kernel_name_of_urn(probe_urn(self.probe))
        identifier(self.unit)
        if self.lowest_celsius >= self.highest_celsius:
            raise ValueError("lowest_celsius must be below highest_celsius")


class UnitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the box itself judges a unit by, until the server sends its own limits."""

    label: Annotated[str, Meta(description="name people use; empty: the identifier")] = ""
    profile: Annotated[str, Meta(description="built-in limit profile of the local alarm, such as daily")] = ""
    limits: Annotated[tuple[Limit, ...], Meta(description="limits of the local alarm, instead of a profile")] = ()
    milk_pin: Annotated[
        _Pin | None,
        Meta(description="GPIO number of its milk button: milk came, so old, or none is left"),
    ] = None

    def __post_init__(self) -> None:
        if self.profile and self.limits:
            raise ValueError("profile or limits, not both")
        if self.profile and self.profile not in builtin_profiles():
            raise ValueError(f"profile one of {', '.join(sorted(builtin_profiles()))}, not {self.profile!r}")

    @property
    def judged_by(self) -> Profile | None:
        """What the unit is judged by; None where nothing was said, so that it is not judged at all."""
        if self.profile:
            return builtin_profiles()[self.profile]
        return Profile(name="own", title="", source="device.toml", limits=self.limits) if self.limits else None


class PowerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How mains and battery are sensed."""

    driver: Annotated[Literal["none", "power_supply", "gpio"], Meta(description="how mains and battery are sensed")] = (
        "none"
    )
    folder: Annotated[Path, Meta(description="the kernel's power supplies, for `power_supply`")] = Path(
        "/sys/class/power_supply"
    )
    mains_pin: Annotated[
        _Pin | None, Meta(description="GPIO number of the pin that is high while there is mains, for `gpio`")
    ] = None

    def __post_init__(self) -> None:
        if self.driver == "gpio" and self.mains_pin is None:
            raise ValueError("driver gpio needs mains_pin")


class OutputSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the box shows and sounds its state with."""

    console: Annotated[bool, Meta(description="say every change of a light in the log")] = True
    green_pin: Annotated[_Pin | None, Meta(description="GPIO number of the green light; not set: not fitted")] = None
    amber_pin: Annotated[_Pin | None, Meta(description="GPIO number of the amber light")] = None
    red_pin: Annotated[_Pin | None, Meta(description="GPIO number of the red light")] = None
    buzzer_pin: Annotated[_Pin | None, Meta(description="GPIO number of the buzzer")] = None
    buzzer_in_curfew: Annotated[
        Literal["chirp", "off"],
        Meta(description="what the buzzer does inside the curfew: a chirp every 30 s, or nothing"),
    ] = "chirp"
    button_pin: Annotated[_Pin | None, Meta(description="GPIO number of the button that says: heard")] = None
    button_hold_s: Annotated[
        float, Meta(ge=0.05, le=10, description="how long the button is held for the box to say how things stand",
                    extra_json_schema=_SECONDS)
    ] = 3.0  # fmt: skip

    def pins(self) -> dict[str, int]:
        """Return what is fitted, and on which pin."""
        named = {
            "green light": self.green_pin,
            "amber light": self.amber_pin,
            "red light": self.red_pin,
            "buzzer": self.buzzer_pin,
            "button": self.button_pin,
        }
        return {name: pin for name, pin in named.items() if pin is not None}


class VoiceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the box speaks with, where a loudspeaker is fitted."""

    folder: Annotated[
        Path | None, Meta(description="folder of the recordings, one folder a language in it; not set: no voice")
    ] = None
    languages: Annotated[
        tuple[str, ...],
        Meta(description="languages it speaks, one after the other, where all of a sentence is recorded"),
    ] = ("fr",)
    device: Annotated[str, Meta(description="sound card as `aplay -L` names it; empty: the system's own")] = ""
    mixer: Annotated[
        str, Meta(description="control that sets its volume, as `amixer scontrols` names it; empty: volume is not set")
    ] = ""
    volume_percent: Annotated[int, Meta(ge=0, le=100, description="volume by day", extra_json_schema=_PERCENT)] = 90
    curfew_volume_percent: Annotated[
        int, Meta(ge=0, le=100, description="volume inside the curfew; 0: it does not speak then",
                  extra_json_schema=_PERCENT)
    ] = 30  # fmt: skip


class CurfewSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the box is quiet, until the server has sent the site's own curfew."""

    zone: Annotated[str, Meta(description="time zone of the clocks there, by its IANA name")] = "Africa/Bamako"
    starts: Annotated[_LocalTime, Meta(description="from when, every day")] = time(18)
    ends: Annotated[_LocalTime, Meta(description="until when; the same as `starts`: there is no curfew")] = time(6)


class DeviceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `device.toml` may say."""

    site: Annotated[SiteId, Meta(description="the site's identifier, as enrolled")]
    device: Annotated[DeviceId, Meta(description="this device's identifier, as enrolled")]
    signing_key: Annotated[
        Secret | None, Meta(description="key as enrolment gave it, for what is carried away on a USB key")
    ] = None
    data_folder: Annotated[Path, Meta(description="where the outbox and the server's settings are kept")] = Path(
        "/var/lib/coldchain"
    )
    w1_folder: Annotated[Path, Meta(description="the kernel's 1-Wire tree")] = Path("/sys/bus/w1/devices")
    sample_s: Annotated[
        int, Meta(ge=5, le=3600, description="time between two samples", extra_json_schema=_SECONDS)
    ] = 60
    report_s: Annotated[
        int, Meta(ge=5, le=86400, description="time between two packs while nothing matters",
                  extra_json_schema=_SECONDS)
    ] = 600  # fmt: skip
    status_s: Annotated[
        int, Meta(ge=30, le=86400, description="time between two status messages", extra_json_schema=_SECONDS)
    ] = 3600
    keep_days: Annotated[
        int, Meta(ge=1, le=3650, description="how long stored readings stay on the card",
                  extra_json_schema={"unit": "days"})
    ] = 90  # fmt: skip
    outbox_mb: Annotated[
        int, Meta(ge=8, le=16384, description="most the outbox takes on the card; a year of 4 probes a minute is 160",
                  extra_json_schema={"unit": "MB"})
    ] = 256  # fmt: skip
    time_command: Annotated[
        tuple[str, ...],
        Meta(description="program that prints the mobile network's time, such as `mmcli -m any --time`; empty: none"),
    ] = ()
    has_rtc: Annotated[
        bool, Meta(description="a battery-backed clock is fitted: go by it until the server has said the time")
    ] = False
    mqtt: Annotated[MqttSettings, Meta(description="how to reach the broker")] = field(default_factory=MqttSettings)
    placements: Annotated[tuple[PlacementSettings, ...], Meta(description="which probes are sampled")] = ()
    units: Annotated[dict[UnitId, UnitSettings], Meta(description="the units, by identifier")] = {}
    recovery: Annotated[RecoverySettings, Meta(description="what is done about a silent server")] = field(
        default_factory=RecoverySettings
    )
    power: Annotated[PowerSettings, Meta(description="mains and battery")] = field(default_factory=PowerSettings)
    outputs: Annotated[OutputSettings, Meta(description="lights, buzzer, button")] = field(
        default_factory=OutputSettings
    )
    voice: Annotated[VoiceSettings, Meta(description="the voice")] = field(default_factory=VoiceSettings)
    curfew: Annotated[CurfewSettings, Meta(description="when the box is quiet")] = field(default_factory=CurfewSettings)

    def __post_init__(self) -> None:
        for name in (self.site, self.device, *self.units):
            identifier(name)
        probes = [placement.probe for placement in self.placements]
        twice = sorted({probe for probe in probes if probes.count(probe) > 1})
        if twice:
            raise ValueError(f"each probe placed once, not {', '.join(twice)} twice")
        pins = [*self.outputs.pins().values(), *self.milk_pins.values()]
        shared = sorted({pin for pin in pins if pins.count(pin) > 1})
        if shared:
            raise ValueError(f"each pin named once, not GPIO {', '.join(map(str, shared))} twice")

    @property
    def milk_pins(self) -> dict[UnitId, int]:
        """The milk buttons that are fitted, by unit."""
        return {unit: one.milk_pin for unit, one in self.units.items() if one.milk_pin is not None}

    def fitted(self) -> tuple[str, ...]:
        """Return what the box is seen, heard and pressed by, named with its pin."""
        pins = self.outputs.pins() | {f"milk button of {unit}": pin for unit, pin in self.milk_pins.items()}
        return tuple(f"{name} on GPIO {pin}" for name, pin in pins.items())
