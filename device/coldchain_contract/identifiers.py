"""Names of probes, sites and devices, and their one spelling."""

import re
from typing import NewType

from coldchain_contract.errors import BadIdentifier

ProbeUrn = NewType("ProbeUrn", str)
"""A probe's name after RFC 9039: `urn:dev:ow:` and the 64-bit 1-Wire ROM code, family first, CRC last, in lower-case
hex; other `urn:dev:` bodies (mac, org, os, ops) name probes that are not on a 1-Wire bus."""

SiteId = NewType("SiteId", str)
DeviceId = NewType("DeviceId", str)
UnitId = NewType("UnitId", str)

_IDENTIFIER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_ONE_WIRE_URN = re.compile(r"urn:dev:ow:[0-9a-f]{16}")
_OTHER_URN = re.compile(r"urn:dev:(?:mac:[0-9a-f]{16}|(?:org|os|ops):[A-Za-z0-9.:-]{1,64})(?:_[A-Za-z0-9.:-]{1,32})*")
_KERNEL_NAME = re.compile(r"([0-9a-f]{2})-([0-9a-f]{12})")
_ONE_WIRE = "urn:dev:ow:"


def identifier(text: str) -> str:
    """Return `text` if it may name a site, device or unit: 1–32 of a-z, 0-9 and inner hyphens; else `BadIdentifier`."""
    if not _IDENTIFIER.fullmatch(text):
        raise BadIdentifier(f"{text[:64]!r} is not an identifier: use 1 to 32 of a-z, 0-9 and inner hyphens")
    return text


def probe_urn(text: str) -> ProbeUrn:
    """Return `text` as a probe's name; `BadIdentifier` where the form or the 1-Wire CRC is wrong."""
    if _ONE_WIRE_URN.fullmatch(text):
        rom = bytes.fromhex(text.removeprefix(_ONE_WIRE))
        if crc8(rom[:7]) != rom[7]:
            raise BadIdentifier(f"{text!r}: the last two digits must be the CRC of the others, {crc8(rom[:7]):02x}")
    elif not _OTHER_URN.fullmatch(text):
        raise BadIdentifier(f"{text[:80]!r} is not a probe name: expected urn:dev:ow: and 16 hex digits (RFC 9039)")
    return ProbeUrn(text)


def urn_of_kernel_name(name: str) -> ProbeUrn:
    """Return the URN of a probe the Linux kernel calls `28-0316a2795cff`.

    The kernel prints the 48-bit serial as a number, most significant byte first and without the CRC; the ROM code
    carries it least significant byte first.
    """
    match = _KERNEL_NAME.fullmatch(name)
    if not match:
        raise BadIdentifier(f"{name[:64]!r} is not a 1-Wire device name such as 28-0316a2795cff")
    family, serial = bytes.fromhex(match[1]), bytes.fromhex(match[2])
    rom = family + serial[::-1]
    return ProbeUrn(f"{_ONE_WIRE}{rom.hex()}{crc8(rom):02x}")


def kernel_name_of_urn(urn: ProbeUrn) -> str:
    """Return the kernel's directory name for a 1-Wire probe; `BadIdentifier` for a probe on no 1-Wire bus."""
    if not _ONE_WIRE_URN.fullmatch(urn):
        raise BadIdentifier(f"{urn!r} is not a 1-Wire probe")
    rom = bytes.fromhex(urn.removeprefix(_ONE_WIRE))
    return f"{rom[:1].hex()}-{rom[6:0:-1].hex()}"


def crc8(data: bytes) -> int:
    """Return the Dallas/Maxim CRC-8 (polynomial 0x31 reflected, initial 0) of `data`."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc
