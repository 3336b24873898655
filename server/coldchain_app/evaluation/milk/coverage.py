"""Coverage: how often the truth lies in the range that was told, by conditions that make it harder."""

import math
from collections.abc import Callable, Iterator
from random import Random

import msgspec

from coldchain_app.evaluation.milk.strangers import HOURS, STEP_H, STEPS, Grower, familiar, kept, strange
from coldchain_app.evaluation.table import Table
from coldchain_judgement.milk.batch import Batch, Pour
from coldchain_judgement.milk.following import as_of, follow
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.starting import PRESUMED_AGE_MS, begun
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.lab.draws import Draws, drawn, poured
from coldchain_server.lab.kept import kept_at
from coldchain_server.lab.range import Range, ranged

SEED, BATCHES = 20260317, 300
_GAP_S = 1800
_TERMS = MilkTerms()
_USE = 6.0
Readings = list[tuple[int, float]]
Hidden = Callable[[Random, Readings], Readings]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One row: by what law the milk grows, what of its readings is there, whether anybody told how old it is."""

    name: str
    grower: Grower
    hidden: Hidden = lambda _random, readings: readings
    told: bool = True


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of batches. After a day the truth lies `within` the range of the draws, or `above` it; above what the
    cautious view has, which decides what a cooperative is told (`over_cautious`); below the hopeful one
    (`under_hopeful`); and within the day 10^6 was there `before` the range's first hour. `width`: the median, log10."""

    batches: int
    within: float
    above: float
    over_cautious: float
    under_hopeful: float
    before: float
    width: float


class _One(msgspec.Struct, frozen=True, kw_only=True):
    truth: float
    reached_h: float
    told: Range
    cautious: float
    hopeful: float


def gap(random: Random, readings: Readings) -> Readings:
    """Leave out two to six hours in the middle."""
    begins = random.uniform(2.0, HOURS - 8.0)
    until = begins + random.uniform(2.0, 6.0)
    return [one for one in readings if not begins * HOUR_MS < one[0] < until * HOUR_MS]


def not_there_yet(random: Random, readings: Readings) -> Readings:
    """Leave out the last two to six hours, which come later."""
    there = (HOURS - random.uniform(2.0, 6.0)) * HOUR_MS
    return [one for one in readings if one[0] <= there]


CONDITIONS = (
    Condition(name="the model's own milk, all measured", grower=familiar),
    Condition(name="strange milk, all measured", grower=strange),
    Condition(name="strange milk, a gap of 2–6 h", grower=strange, hidden=gap),
    Condition(name="strange milk, the last 2–6 h not there yet", grower=strange, hidden=not_there_yet),
    Condition(name="strange milk, its age untold (0–8 h at 35 °C)", grower=strange, told=False),
    Condition(name="strange milk, age untold and a gap", grower=strange, hidden=gap, told=False),
)


def covered(condition: Condition, *, batches: int = BATCHES, seed: int = SEED) -> Covered:
    """Return how often the truth lay where it was said to, in that condition."""
    draws = drawn()
    found = [_one(condition, Random(f"{seed}-{number}"), draws) for number in range(batches)]

    def share(holds: Callable[[_One], bool]) -> float:
        return sum(map(holds, found)) / len(found)

    widths = sorted(one.told.log10[-1].p90 - one.told.log10[-1].p10 for one in found)
    return Covered(
        batches=batches,
        within=share(lambda one: one.told.log10[-1].p10 <= one.truth <= one.told.log10[-1].p90),
        above=share(lambda one: one.truth > one.told.log10[-1].p90),
        over_cautious=share(lambda one: one.truth > one.cautious),
        under_hopeful=share(lambda one: one.truth < one.hopeful),
        before=share(lambda one: one.reached_h < one.told.use.p10),
        width=widths[len(widths) // 2],
    )


def _one(condition: Condition, random: Random, draws: Draws) -> _One:
    day, stood_h = kept(random), 0.0 if condition.told else random.uniform(0.0, 8.0)
    truth = condition.grower(random, day.celsius, stood_h)
    readings = [(round(step * STEP_H * HOUR_MS), celsius) for step, celsius in enumerate(day.read)]
    there = condition.hidden(random, readings)
    batch = followed(there, told=condition.told)
    spans = kept_at(there, _TERMS, until_ms=HOURS * HOUR_MS, longest_gap_s=_GAP_S)
    cautious, _, hopeful = batch.estimate.counts()
    return _One(
        truth=truth[-1],
        reached_h=next((step * STEP_H for step, log10 in enumerate(truth) if log10 >= _USE), math.inf),
        told=ranged(poured(batch.last, _TERMS, draws), spans, draws, then_celsius=there[-1][1]),
        cautious=math.log10(cautious),
        hopeful=math.log10(hopeful),
    )


def followed(readings: Readings, *, told: bool) -> Batch:
    """Return the batch as the product has it after a day."""
    at_ms = readings[0][0]
    pour = Pour(
        at_ms=at_ms,
        milked=Milked.JUST_NOW if told else Milked.UNKNOWN,
        milked_ms=at_ms if told else at_ms - PRESUMED_AGE_MS,
        told=told,
    )
    batch = begun(pour, _TERMS)
    for now_ms, celsius in readings:
        after = follow(batch, _TERMS, at_ms=now_ms, celsius=celsius, gap=now_ms - at_ms > _GAP_S * 1000)
        batch, at_ms = batch if after is None else after, now_ms
    return as_of(batch, _TERMS, at_ms=STEPS * round(STEP_H * HOUR_MS), longest_gap_s=_GAP_S)


def coverage_table(title: str, *, batches: int = BATCHES, seed: int = SEED) -> Table:
    """Return the table of all conditions, as found."""
    return Table(
        title=title,
        heading=(
            "condition",
            "within P10–P90 (80 % stated)",
            "above P90 (10 %)",
            "above the cautious view",
            "below the hopeful view",
            "10^6 before the range's first hour (10 %)",
            "median width, log10",
        ),
        rows=tuple(_rows(batches, seed)),
    )


def _rows(batches: int, seed: int) -> Iterator[tuple[str, ...]]:
    for condition in CONDITIONS:
        found = covered(condition, batches=batches, seed=seed)
        shares = (found.within, found.above, found.over_cautious, found.under_hopeful, found.before)
        yield (
            condition.name,
            *(f"{100 * share:.0f} %" for share in shares),
            f"{found.width:.2f}",
        )
