"""From the text of a `w1_slave` file to a temperature or the one reason why there is none.

Only the nine bytes of the first line count: after a failed read the second line repeats the last good ones, and `t=` is
made from those. Bytes and meaning after the DS18B20 and DS18S20 data sheets and torvalds/linux
`drivers/w1/slaves/w1_therm.c`.
"""

import re
from typing import NamedTuple

from coldchain_contract.identifiers import ProbeUrn, crc8
from coldchain_contract.readings import Quality

_FIRST_LINE = re.compile(rb"\s*((?:[0-9a-f]{2} ){8}[0-9a-f]{2}) ?: crc=[0-9a-f]{2} (YES|NO)\b", re.IGNORECASE)
_DS18S20 = 0x10
_RESET, _NO_POWER = 85.0, 127.9375
_RESET_BYTE_6 = 0x0C


class Range(NamedTuple):
    """What is plausible where a probe sits, in °C, both ends included."""

    lowest: float
    highest: float

    def __contains__(self, celsius: object) -> bool:
        return isinstance(celsius, float) and self.lowest <= celsius <= self.highest


PROBE_RANGE = Range(-55.0, 125.0)
"""What a DS18B20 can measure at all (data sheet)."""


def classify(text: bytes | None, *, family: int, plausible: Range, offset: float = 0.0) -> tuple[float | None, Quality]:
    """Return the temperature in °C, `offset` added, and `Quality.OK`; or None and the fault.

    `text` None is a probe that is not on the bus. A value is given only where our own CRC *and* the kernel agree.
    """
    if text is None:
        return None, Quality.GONE
    if not text.strip():
        return None, Quality.EMPTY
    match = _FIRST_LINE.match(text)
    if not match:
        return None, Quality.CRC
    scratchpad = bytes.fromhex(match[1].decode())
    fault = _fault_of_bytes(scratchpad) or _fault_of_power(scratchpad, family, plausible)
    if fault is None and match[2].upper() == b"NO":
        fault = Quality.CRC
    if fault is not None:
        return None, fault
    celsius = decode(scratchpad, family) + offset
    return (celsius, Quality.OK) if celsius in plausible else (None, Quality.RANGE)


def family_of(probe: ProbeUrn) -> int:
    """Return the 1-Wire family code in a probe's name: its first byte."""
    return int(probe.removeprefix("urn:dev:ow:")[:2], 16)


def decode(scratchpad: bytes, family: int) -> float:
    """Return the temperature in nine good bytes, in °C.

    A DS18S20 counts halves and refines them by bytes 6 and 7: T = whole − 0.25 + (per °C − remaining) / per °C.
    """
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    if family == _DS18S20:
        remaining, per_degree = scratchpad[6], scratchpad[7]
        return (raw >> 1) - 0.25 + (per_degree - remaining) / per_degree if per_degree else raw / 2
    undefined_bits = 3 - (scratchpad[4] >> 5 & 3)  # below 12 bits the lowest ones are noise
    return (raw >> undefined_bits << undefined_bits) / 16


def _fault_of_bytes(scratchpad: bytes) -> Quality | None:
    if set(scratchpad) == {0xFF}:
        return Quality.GONE
    if not any(scratchpad):
        return Quality.ZERO  # its CRC is right: 0
    return Quality.CRC if crc8(scratchpad[:8]) != scratchpad[8] else None


def _fault_of_power(scratchpad: bytes, family: int, plausible: Range) -> Quality | None:
    """Both values pass the CRC. 127.9375 is beyond what any probe measures; 85 is legal where a place can be so hot.

    A real 85.0 of a genuine probe carries 0x10 in byte 6, the value it wakes up with 0x0c. Clones may always carry
    0x0c: then exactly 85.0000 °C, one step of 1/16, stays a fault even in a pasteuriser.
    """
    celsius = decode(scratchpad, family)
    if celsius == _NO_POWER and family != _DS18S20:
        return Quality.PWR127
    if celsius == _RESET and (scratchpad[6] == _RESET_BYTE_6 or _RESET not in plausible):
        return Quality.POR85
    return None
