"""The `device.toml` that goes onto a device's card: who it is, how it reaches the broker, which probes it has."""

import json

import msgspec

from coldchain_server.enrolment.enrolments import Credentials
from coldchain_server.fleet.model import Fleet


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
        lines += ["", f"[units.{unit}]", f"label = {_text(fleet.units[unit].name)}"]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """Return `value` as a TOML basic string: JSON's escapes are a part of TOML's, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
