"""The milk model: a year of minutes with NumPy against a plain Python loop, and what a live update of a fleet takes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figure import Amount, Figure, WrongCount
from benchmarks.scale import Scale
from benchmarks.spending import Spent, median, spent
from coldchain_judgement.milk.batch import Batch, Pour
from coldchain_judgement.milk.following import follow
from coldchain_judgement.milk.growth import begun as plain_begun
from coldchain_judgement.milk.growth import grown as plain_grown
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.model import RAW_COW
from coldchain_judgement.milk.starting import begun
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.lab.growth import SENSOR_STEPS, Array, Milks, SensorRates, grown

MINUTE_MS, MINUTES = 60_000, 1440
_TOGETHER = 1
_PLAIN_DAYS = 20
_TERMS = MilkTerms()
_START = 1e5
Sixteenths = NDArray[np.int16]


def measure(scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield minutes a second of a year of units, each day's milk from 10^5 a ml on, and a live update of a fleet."""
    minutes = scale.milk_units * scale.milk_days * MINUTES
    ours_s = sum(_year(scale, first) for first in range(0, scale.milk_units, _TOGETHER))
    days = _temperatures(0, 1, days=min(_PLAIN_DAYS, scale.milk_days))[0]
    taken = [spent(lambda: _plain(days)) for _ in range(scale.runs)]
    plain_s = median(taken).wall_s / days.size * minutes
    _compare(_with_numpy(SensorRates(), days[None]), _plain(days))
    yield Figure(
        name=f"a year of minutes of {scale.milk_units:,} units to each day's count"
        if scale.milk_days == 365
        else f"{scale.milk_days} days of minutes of {scale.milk_units:,} units to each day's count",
        ours=Amount(ours_s, "s"),
        rival=Amount(plain_s, "s"),
        against=f"the same lookups in a plain Python loop, timed on {len(days)} days of one unit and scaled",
        note=f"{minutes / ours_s / 1e6:,.0f} million minutes a second, one unit in memory at a time, the same "
        "counts to a billionth",
    )
    yield _live(scale)


def _year(scale: Scale, first: int) -> float:
    """Return the seconds that some units take; their temperatures are made before the clock starts."""
    units = min(_TOGETHER, scale.milk_units - first)
    celsius, rates = _temperatures(first, units, days=scale.milk_days), SensorRates()
    return spent(lambda: _with_numpy(rates, celsius)).wall_s


def _temperatures(first: int, units: int, *, days: int) -> Sixteenths:
    """Return units × days × minutes as a sensor of 12 bits has them: poured in at 35 °C, cooled, with a thermostat."""
    hours = np.arange(MINUTES) / 60
    cooling = np.stack([5.0 + 30.0 * np.exp(-hours / (1.0 + (first + unit) % 5)) for unit in range(units)])
    swing = np.sin(2 * np.pi * (hours / 1.1 + np.arange(days)[:, None] / 7))
    return np.rint(SENSOR_STEPS * (cooling[:, None, :] + swing[None])).astype(np.int16)


def _with_numpy(rates: SensorRates, celsius: Sixteenths) -> Array:
    cold, warm = rates.integrals(celsius, hours=1 / 60)
    return grown(Milks.of(plain_begun(_START)), cold=cold, warm=warm).count()


def _plain(days: Sixteenths) -> list[float]:
    """Return what the loop gives; it looks rates up too, which is the best that it can do."""
    rates = {
        sixteenths: (RAW_COW.cold.rate(sixteenths / SENSOR_STEPS), RAW_COW.warm.rate(sixteenths / SENSOR_STEPS))
        for sixteenths in range(SENSOR_STEPS * -2, SENSOR_STEPS * 50)
    }
    counts = []
    for day in days.tolist():
        cold = warm = 0.0
        for sixteenths in day:
            cold_rate, warm_rate = rates[sixteenths]
            cold += cold_rate
            warm += warm_rate
        counts.append(plain_grown(plain_begun(_START), cold=cold / 60, warm=warm / 60).count())
    return counts


def _compare(found: Array, expected: list[float]) -> None:
    if not np.allclose(found[0], expected, rtol=1e-9, atol=0.0):
        raise WrongCount("NumPy and the plain loop have different counts")


def _live(scale: Scale) -> Figure:
    """Return what one reading of every unit's milk takes, as live judging follows it."""
    pour = Pour(at_ms=0, milked=Milked.JUST_NOW, milked_ms=0, told=True)
    batches: list[Batch | None] = [begun(pour, _TERMS)] * scale.probes

    def minute(number: int) -> None:
        for unit, batch in enumerate(batches):
            celsius = 4.0 + (unit + number) % 64 / SENSOR_STEPS
            batches[unit] = follow(batch, _TERMS, at_ms=number * MINUTE_MS, celsius=celsius, gap=False)

    minute(1)
    taken: list[Spent] = [spent(lambda at=number: minute(at)) for number in range(2, 2 + scale.runs)]  # type: ignore[misc]
    return Figure(
        name=f"one live update of the milk of {scale.probes:,} units",
        ours=Amount(median(taken).wall_s, "s"),
        rival=Amount(60.0, "s"),
        against="required, a reading a minute",
        note="in plain Python, the same code as on the box; what else judging does is `judging`",
    )
