"""Milk that grows by other laws than the model's, and the coolers it is kept in: drawn, with its true count.

Two kinds. *Familiar* milk is a draw of the model itself: the easy case. *Strange* milk shares neither its curve, rates,
shares nor lags: Gompertz's curve or three straight phases, rates by Ratkowsky's square root with cardinal temperatures
of its own, a lag that is work to be done, and starting counts with heavier tails.
"""

import math
from collections.abc import Callable
from random import Random

import msgspec
import numpy as np

from coldchain_judgement.milk.model import RAW_COW
from coldchain_server.lab.draws import drawn, fresh
from coldchain_server.lab.growth import Milks, grown, rate

STEP_H = 1 / 12
HOURS = 24
STEPS = round(HOURS / STEP_H)
_MOST = 9.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How one milk was kept: its true temperature at each step, and what its probe said."""

    celsius: list[float]
    read: list[float]


Grower = Callable[[Random, list[float], float], list[float]]
"""From a source of chance, the true temperatures and the hours it stood at 35 °C before: log10 a ml at each step."""


def kept(random: Random) -> Kept:
    """Draw a day in a cooler: milk of 30–36 °C cooled within hours, in one of three an outage, a probe that errs."""
    fold_h, coldest = random.uniform(0.8, 4.0), random.uniform(3.0, 8.0)
    celsius, outage = random.uniform(30.0, 36.0), _outage(random)
    swings, error = random.uniform(0.1, 0.8), random.gauss(0.0, 0.25)
    true, read = [], []
    for step in range(STEPS + 1):
        hour = step * STEP_H
        swing = swings * math.sin(hour * 2 * math.pi / 1.1)
        true.append(celsius + swing)
        read.append(round(16 * (celsius + swing + error + random.gauss(0.0, 0.05))) / 16)
        out = outage is not None and outage[0] <= hour < outage[1]
        towards, folds = (38.0, outage[2]) if out and outage is not None else (coldest, fold_h)
        celsius += (towards - celsius) * (1 - math.exp(-STEP_H / folds))
    return Kept(celsius=true, read=read)


def _outage(random: Random) -> tuple[float, float, float] | None:
    """Draw (from, until, e-folds) in hours of a power cut; None in two of three days."""
    if random.random() > 1 / 3:
        return None
    begins = random.uniform(3.0, 16.0)
    return begins, begins + random.uniform(2.0, 8.0), random.uniform(6.0, 20.0)


def familiar(random: Random, celsius: list[float], stood_h: float) -> list[float]:
    """Return milk that is one draw of the model: its starting count 10^5 when it was milked."""
    draws = drawn(1, seed=random.getrandbits(32))
    temperatures = np.array([35.0, *celsius[:-1]])
    hours = np.array([stood_h, *[STEP_H] * (len(celsius) - 1)])
    cold = np.cumsum(rate(RAW_COW.cold, temperatures) * hours) * draws.cold_pace
    warm = np.cumsum(rate(RAW_COW.warm, temperatures) * hours) * draws.warm_pace
    milks: Milks = grown(fresh(5.0, draws), cold=cold, warm=warm)
    return [float(one) for one in np.log10(milks.count())]


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """A population of strange milk: rates by the extended square root, `pace` times those it has at `at` °C."""

    log10: float
    lowest: float
    highest: float
    at: float
    pace: float
    work: float

    def rate(self, celsius: float) -> float:
        """Return ln units an hour (Ratkowsky 1983)."""
        if not self.lowest < celsius < self.highest:
            return 0.0
        return self.pace * (self._root(celsius) / self._root(self.at)) ** 2

    def _root(self, celsius: float) -> float:
        return (celsius - self.lowest) * (1.0 - math.exp(0.25 * (celsius - self.highest)))


def strange(random: Random, celsius: list[float], stood_h: float) -> list[float]:
    """Return milk of the other laws: one in two by Gompertz, one in two in three straight phases."""
    start = 5.0 + 0.28 * math.log((unit := random.uniform(0.001, 0.999)) / (1 - unit))  # logistic
    growing = (_cold(random, start), _warm(random, start))
    curve = _gompertz if random.random() < 0.5 else _three_phases
    temperatures = [35.0] * round(stood_h / STEP_H) + celsius
    curves = [curve(one, temperatures) for one in growing]
    still = 10**start
    along = [math.log10(min(10**_MOST, still + sum(10**one for one in now))) for now in zip(*curves, strict=True)]
    return along[-len(celsius) :]


def _cold(random: Random, start: float) -> Stranger:
    return Stranger(
        log10=start + random.uniform(-2.2, -0.2),
        lowest=random.gauss(-7.0, 1.5),
        highest=random.uniform(33.0, 39.0),
        at=6.0,
        pace=0.0834 * math.exp(random.gauss(0.0, 0.35)),
        work=random.gammavariate(1.5, 0.8),
    )


def _warm(random: Random, start: float) -> Stranger:
    return Stranger(
        log10=start + random.uniform(-3.0, -0.5),
        lowest=random.gauss(6.0, 2.0),
        highest=random.uniform(45.0, 50.0),
        at=37.0,
        pace=1.6 * math.exp(random.gauss(0.0, 0.3)),
        work=random.gammavariate(1.5, 0.8),
    )


def _three_phases(one: Stranger, celsius: list[float]) -> list[float]:
    """Buchanan 1997: nothing until the lag's work is done, then straight up, then nothing."""
    work, log10, along = one.work, one.log10, []
    for now in celsius:
        along.append(log10)
        done = one.rate(now) * STEP_H
        growth, work = max(0.0, done - work), max(0.0, work - done)
        log10 = min(_MOST, log10 + growth / math.log(10))
    return along


def _gompertz(one: Stranger, celsius: list[float]) -> list[float]:
    """Gompertz 1825 as Zwietering 1990 writes it, as a rate of change so that the temperature may vary."""
    span = (_MOST - one.log10) * math.log(10)
    place, along = math.exp(-math.exp(1.0 + min(one.work * math.e / span, 4.0))), []
    for now in celsius:
        along.append(one.log10 + place * span / math.log(10))
        place = min(1.0 - 1e-12, place - one.rate(now) * STEP_H * math.e / span * place * math.log(place))
    return along
