"""The `device.toml` that goes onto a device's card: who it is, how it reaches the broker, which probes it has."""

import json

import msgspec

from coldchain_judgement.limits import Profile
from coldchain_server.enrolment.enrolments import Credentials
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Fleet, Unit


class BrokerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The broker as a device reaches it, which is rarely how the server does."""

    host: str
    port: int
    tls: bool


def device_toml(credentials: Credentials, *, broker: BrokerAddress, fleet: Fleet, now_ms: int) -> str:
    """Return the text of `device.toml`, secrets included, with the placements that hold now."""
    device = fleet.devices[credentials.device]
    password = credentials.password
    lines = [
        f"# {credentials.device} at {credentials.site}. It holds secrets: keep one copy, on the device's card.",
        f"site = {_text(credentials.site)}",
        f"device = {_text(credentials.device)}",
        f"signing_key = {_text(credentials.signing_key.reveal())}",
        f"sample_s = {device.sample_s}",
        f"report_s = {device.report_s}",
        "",
        "[mqtt]",
        f"host = {_text(broker.host)}",
        f"port = {broker.port}",
        f"tls = {str(broker.tls).lower()}",
        *([f"password = {_text(password.reveal())}"] if password else []),
    ]
    placements = [p for p in fleet.placements if p.device == credentials.device and p.holds(now_ms)]
    for placement in placements:
        lines += [
            "",
            "[[placements]]",
            f"probe = {_text(placement.probe)}",
            f"unit = {_text(placement.unit)}",
            f"place = {_text(placement.place.value)}",
            f"lowest_celsius = {float(placement.lowest_celsius)}",
            f"highest_celsius = {float(placement.highest_celsius)}",
        ]
    for unit in sorted({placement.unit for placement in placements}):
        lines += _unit(fleet.units[unit], fleet.profiles[fleet.units[unit].profile])
    return "\n".join(lines) + "\n"


def source_sheet(credentials: Credentials, *, broker: BrokerAddress, fleet: Fleet) -> str:
    """Return what to type into the gateway or firmware of a source, password included, and where it is to publish."""
    source, password = fleet.sources[credentials.device], credentials.password
    topics = dict.fromkeys(feed.topic for feed in source.feeds)
    lines = [
        f"# {source.id} ({source.kind.value}) at {source.site}. It holds a password: keep it where only the source is.",
        f"host = {_text(broker.host)}",
        f"port = {broker.port}",
        f"tls = {str(broker.tls).lower()}",
        f"user = {_text(source.id)}",
        *([f"password = {_text(password.reveal())}"] if password else []),
        f"topics = [{', '.join(map(_text, topics))}]",
    ]
    return "\n".join(lines) + "\n"


def _unit(unit: Unit, profile: Profile) -> list[str]:
    """Name the profile where it is one that every device knows; write its limits out where it is the fleet's own."""
    lines = ["", f"[units.{unit.id}]", f"label = {_text(unit.name)}"]
    if builtin_profiles().get(profile.name) == profile:
        return [*lines, f"profile = {_text(profile.name)}"]
    for limit in profile.limits:
        lines += ["", f"[[units.{unit.id}.limits]]"]
        lines += [f"{key} = {_value(value)}" for key, value in msgspec.to_builtins(limit).items()]
    return lines


def _value(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    """Return `value` as a TOML basic string: JSON's escapes are a part of TOML's, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
