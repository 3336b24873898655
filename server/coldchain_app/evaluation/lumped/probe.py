"""A probe in a well: it lags behind the milk, its noise has heavy tails, and some readings are never taken."""

import math
import random

from coldchain_app.evaluation.lumped.parameters import Habits
from coldchain_app.evaluation.lumped.troubles import Trouble
from coldchain_app.evaluation.traces import Heard
from coldchain_contract.readings import Quality

_FEW_LITRES = 2.0
_SPIKES_CELSIUS = (5.5, 45.0)


class LaggingProbe:
    """Feels the milk through its well; where little milk is left, half of what it feels is the body's."""

    def __init__(self, key: str, habits: Habits, *, begins_ms: int) -> None:
        self._draw, self._habits, self._begins_ms = random.Random(f"well/{key}"), habits, begins_ms
        self._share = 1 - math.exp(-1 / self._draw.uniform(*habits.probe_lag_min))
        self._error = self._draw.uniform(*habits.probe_error_celsius)
        self._felt = 4.0

    def read(self, at: int, *, milk: float, body: float, litres: float, trouble: Trouble | None) -> Heard | None:
        """Return the reading at minute `at` of the season; None where there is none."""
        out = 0.5 if litres < _FEW_LITRES else 0.0
        if trouble is not None and trouble.name == "probe-falls-out":
            out = max(out, trouble.size)
        self._felt += self._share * (milk + out * (body - milk) - self._felt)
        at_ms = self._begins_ms + at * 60_000
        celsius = round((self._felt + self._error + self._tail()) * 16) / 16
        draws = self._draw.random(), self._draw.random()
        if draws[0] < self._habits.lost_share:
            return None
        if draws[0] > 1 - self._habits.crc_share:
            return Heard(at_ms, None, Quality.CRC)
        return Heard(at_ms, celsius) if trouble is None else self._troubled(at_ms, at, celsius, trouble, draws[1])

    def _troubled(self, at_ms: int, at: int, celsius: float, trouble: Trouble, draw: float) -> Heard | None:
        if trouble.power_fails and not trouble.on(at):
            return Heard(at_ms, celsius, mains=False) if trouble.battery else None
        if trouble.name == "lead-breaks" and draw < trouble.size:
            return Heard(at_ms, None, Quality.EMPTY if draw < trouble.size / 2 else Quality.POR85)
        if trouble.name == "probe-spikes" and draw < trouble.size:
            return Heard(at_ms, celsius + self._draw.choice((-1, 1)) * self._draw.uniform(*_SPIKES_CELSIUS))
        return Heard(at_ms, celsius)

    def _tail(self) -> float:
        """Return noise as of Student's t with three degrees of freedom, more or less."""
        return self._habits.noise_celsius * self._draw.gauss(0, 1) / math.sqrt(self._draw.gammavariate(1.5, 1) / 1.5)
