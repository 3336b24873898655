"""The probe in the milk: its own error and noise, and how its faults show."""

import random

from coldchain_app.evaluation.simulated.breaking import Breaking
from coldchain_app.evaluation.simulated.breaking import Probe as Misleading
from coldchain_app.evaluation.simulated.parameters import Life
from coldchain_app.evaluation.traces import Heard
from coldchain_contract.readings import Quality

_LSB = 1 / 16
_FAULTS = (Quality.CRC, Quality.EMPTY, Quality.GONE, Quality.ZERO, Quality.POR85, Quality.PWR127)
_LEAPS_CELSIUS = (6.0, 30.0)


class Probe:
    """Reads what it feels, to a sixteenth of a degree."""

    def __init__(self, key: str, life: Life) -> None:
        self._draw = random.Random(f"probe/{key}")
        self._error, self._noise = self._draw.gauss(0, life.probe_error_celsius), life.noise_celsius

    def read(self, at_ms: int, felt_celsius: float, fault: Breaking | None) -> Heard | None:
        """Return one reading; None where the device has no power."""
        celsius = round((felt_celsius + self._error + self._draw.gauss(0, self._noise)) / _LSB) * _LSB
        if fault is None:
            return Heard(at_ms, celsius)
        kind = fault.kind
        if kind.power:
            return Heard(at_ms, celsius, mains=False) if kind.battery else None
        if kind.probe is Misleading.FAILS:
            which = fault.from_ms // 60_000 % len(_FAULTS)
            return Heard(at_ms, None, _FAULTS[which])
        if kind.probe is Misleading.FLICKERS and self._draw.random() < fault.severity:
            return self._flickered(at_ms, celsius)
        return Heard(at_ms, celsius)

    def _flickered(self, at_ms: int, celsius: float) -> Heard:
        """Return a fault, or as often a value that is far off and passes every check."""
        if self._draw.random() < 0.5:
            return Heard(at_ms, None, Quality.CRC)
        return Heard(at_ms, celsius + self._draw.uniform(*_LEAPS_CELSIUS))
