"""The reading: one probe, one instant, one value or one named fault."""

import enum

import msgspec

from coldchain_contract.identifiers import ProbeUrn


class Quality(enum.Enum):
    """Whether a reading has a value, and if not, the one reason why."""

    OK = "ok"
    CRC = "crc"  # the nine bytes do not carry their own check sum, or are not nine bytes
    EMPTY = "empty"  # the kernel gave an empty file: five failed attempts on the bus
    GONE = "gone"  # the probe is configured but not on the bus, or answers only ones
    ZERO = "zero"  # all nine bytes are zero, which passes the CRC: the data line is shorted
    POR85 = "por85"  # 85.000: the probe lost power before it converted
    PWR127 = "pwr127"  # 127.937: too little power to convert
    RANGE = "range"  # outside what is plausible where the probe sits
    STUCK = "stuck"  # a server verdict: neighbours move, this one does not
    JUMP = "jump"  # a server verdict: a leap that came back with the next reading


_OK = Quality.OK  # a member is slow to look up, and this is asked once a reading


class Quantity(enum.Enum):
    """What a probe measures; the unit travels with it."""

    TEMPERATURE = "temperature"

    @property
    def senml_unit(self) -> str:
        return _UNITS[self.value]


_UNITS = {"temperature": "Cel"}


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One measurement of one probe; `value` is in the quantity's unit (°C), and None exactly when there is a fault."""

    probe: ProbeUrn
    at_ms: int
    value: float | None
    quality: Quality = Quality.OK
    quantity: Quantity = Quantity.TEMPERATURE

    def __post_init__(self) -> None:
        if (self.value is None) is (self.quality is _OK):
            raise ValueError(f"a reading has a value exactly when its quality is ok, not {self.value} {self.quality}")
