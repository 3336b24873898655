"""Hot weather with a memory: a daily swing, hot spells that come and go, and gusts."""

import math
import random

_MEAN_CELSIUS, _SWING_CELSIUS = 34.0, 6.5
_SPELL_CELSIUS, _SPELL_KEEPS = 2.2, 0.985
_GUST_CELSIUS, _GUST_KEEPS = 0.5, 0.7
_WARMEST_HOUR = 15.5


def hourly(hours: int, seed: int) -> list[float]:
    """Return the temperature at the beginning of each hour, the first at midnight."""
    draw = random.Random(f"air/{seed}")
    spell = draw.gauss(0, _SPELL_CELSIUS)
    gust = 0.0
    found = []
    for hour in range(hours + 1):
        spell = _SPELL_KEEPS * spell + draw.gauss(0, _SPELL_CELSIUS * math.sqrt(1 - _SPELL_KEEPS**2))
        gust = _GUST_KEEPS * gust + draw.gauss(0, _GUST_CELSIUS)
        swing = _SWING_CELSIUS * math.cos(2 * math.pi * (hour % 24 - _WARMEST_HOUR) / 24)
        found.append(_MEAN_CELSIUS + swing + spell + gust)
    return found


def at_minute(air: list[float], minute: int) -> float:
    """Return the temperature at a minute, on straight lines between the hours."""
    hour, past = divmod(minute, 60)
    return air[hour] + (air[hour + 1] - air[hour]) * past / 60
