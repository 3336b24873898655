"""What the Linux kernel shows in a DS18B20's `w1_slave`, for a temperature and for each way the bus fails."""

import msgspec

from coldchain_contract.identifiers import crc8
from coldchain_simulator.faults import ProbeFaultKind

LOWEST_CELSIUS, HIGHEST_CELSIUS = -128.0, 127.9375
"""What twelve bits can say; the part itself measures −55…125 °C."""
_POWER_ON_COUNT = 0x0C


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One text of a `w1_slave`, with the value a reader should find in it, or the fault that keeps it from one."""

    text: str
    celsius: float | None
    fault: ProbeFaultKind | None = None


def w1_text(celsius: float) -> str:
    """Return the two lines for a temperature, rounded to 1/16 °C; `ValueError` beyond −128…127.9375 °C."""
    nine = _scratchpad(_sixteenths(celsius))
    return _lines(first=nine, retained=nine, verdict="YES")


def shown_value(celsius: float) -> Shown:
    """Return what a working probe shows, with the value as its register rounds it."""
    return Shown(text=w1_text(celsius), celsius=_sixteenths(celsius) / 16)


def shown_fault(kind: ProbeFaultKind, *, celsius: float, last_good_celsius: float) -> Shown:
    """Return what a failing probe shows at a true temperature; after a failed check the kernel repeats old bytes."""
    return Shown(text=_fault_text(kind, celsius=celsius, last_good=last_good_celsius), celsius=None, fault=kind)


def _fault_text(kind: ProbeFaultKind, *, celsius: float, last_good: float) -> str:
    retained = _scratchpad(_sixteenths(last_good))
    match kind:
        case ProbeFaultKind.EMPTY | ProbeFaultKind.GONE:
            return ""
        case ProbeFaultKind.CRC:
            good = _scratchpad(_sixteenths(celsius))
            flipped = bytes([good[0] ^ 0x04]) + good[1:]
            return _lines(first=flipped, retained=retained, verdict="NO")
        case ProbeFaultKind.DISCONNECTED:
            return _lines(first=b"\xff" * 9, retained=retained, verdict="NO")
        case ProbeFaultKind.ZERO:
            return _lines(first=bytes(9), retained=bytes(9), verdict="YES")
        case ProbeFaultKind.POR85:
            nine = _scratchpad(85 * 16, count=_POWER_ON_COUNT)
            return _lines(first=nine, retained=nine, verdict="YES")
        case ProbeFaultKind.PWR127:
            return w1_text(HIGHEST_CELSIUS)


def _sixteenths(celsius: float) -> int:
    raw = round(celsius * 16)
    if not -2048 <= raw <= 2047:
        raise ValueError(f"{celsius} °C is beyond {LOWEST_CELSIUS}…{HIGHEST_CELSIUS}, what a DS18B20 can say")
    return raw


def _scratchpad(raw: int, *, count: int | None = None) -> bytes:
    """Return the nine bytes: temperature, alarm bytes and 12-bit configuration as delivered, count, CRC.

    A genuine part's byte 6 is 16 − the low four bits of the temperature, so a true 85.000 °C (0x10) differs from
    the power-on value (0x0C).
    """
    low_bits = raw & 0xF
    eight = raw.to_bytes(2, "little", signed=True) + bytes([0x4B, 0x46, 0x7F, 0xFF, count or 0x10 - low_bits, 0x10])
    return eight + bytes([crc8(eight)])


def _lines(*, first: bytes, retained: bytes, verdict: str) -> str:
    raw = int.from_bytes(first[:2], "little", signed=True)
    milli = int(raw * 1000 / 16)  # towards zero, as the kernel's division
    return f"{first.hex(' ')} : crc={crc8(first[:8]):02x} {verdict}\n{retained.hex(' ')} t={milli}\n"
