"""Milk in a cooler by the plainest physics there is, a reading a minute: one mass, one leak, one thermostat."""

import math
from collections.abc import Callable, Iterator
from random import Random

import msgspec

MINUTE_MS = 60_000
_EMPTY_KJ, _LITRE_KJ = 30.0, 4.05
_MILK_CELSIUS = 35.0


class Cooler(msgspec.Struct, frozen=True, kw_only=True):
    """What a cooler is and what happens to it; hours count from the first midnight.

    `fills` are (hour of day, litres), every day; it is emptied at `emptied_at`. `strength` is which part of its `watts`
    the compressor has at an hour, `leak` how many times its leak it has.
    """

    watts: float
    fills: tuple[tuple[float, float], ...] = ()
    emptied_at: float = 5.5
    leak_w: float = 1.5
    outside: float = 40.0
    thermostat: Callable[[float], float] = lambda _: 4.0
    strength: Callable[[float], float] = lambda _: 1.0
    leak: Callable[[float], float] = lambda _: 1.0
    noise: float = 0.06
    seed: int = 7


def readings(cooler: Cooler, *, days: float) -> Iterator[tuple[int, float]]:
    """Yield (ms, °C) of the milk, a sixteenth of a degree apart as a probe tells them."""
    random = Random(cooler.seed)
    celsius, litres, runs = 4.0, 0.0, True
    for minute in range(int(days * 1440)):
        hour = minute / 60
        outside = cooler.outside + 4 * math.cos((hour - 15) / 12 * math.pi)
        runs = celsius > cooler.thermostat(hour) + (-0.3 if runs else 0.5)
        kilowatts = cooler.leak_w * cooler.leak(hour) * (outside - celsius)
        kilowatts -= cooler.watts * cooler.strength(hour) if runs else 0.0
        celsius += kilowatts * 0.06 / (_EMPTY_KJ + litres * _LITRE_KJ)
        for at, poured in cooler.fills:
            if minute % 1440 == round(at * 60):
                before, added = _EMPTY_KJ + litres * _LITRE_KJ, poured * _LITRE_KJ
                celsius = (celsius * before + _MILK_CELSIUS * added) / (before + added)
                litres += poured
        if minute % 1440 == round(cooler.emptied_at * 60):
            litres = 0.0
        yield minute * MINUTE_MS, round((celsius + random.gauss(0, cooler.noise)) * 16) / 16
