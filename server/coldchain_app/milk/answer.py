"""The answer: what the model says of milk that was kept as a file says, for technicians and labs."""

import math
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from coldchain_app.milk.trace import MilkTrace
from coldchain_judgement.advice import Advice
from coldchain_judgement.milk import estimate
from coldchain_judgement.milk.batch import Batch, Pour
from coldchain_judgement.milk.exposure import hours_at_four_degrees
from coldchain_judgement.milk.following import as_of, follow
from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_judgement.milk.limits import ACT_NOW, deadline
from coldchain_judgement.milk.saying import Because, because, say
from coldchain_judgement.milk.starting import PRESUMED_AGE_MS, begun
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.lab.draws import Draws, drawn, fresh, poured
from coldchain_server.lab.growth import Milks
from coldchain_server.lab.kept import Kept, kept_at
from coldchain_server.lab.range import Range, ranged


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the milk: hours from its milking to the first row, its count a ml then; None: nobody knows."""

    age_h: float | None = None
    count: float | None = None
    species: Species = Species.COW
    zone: ZoneInfo = ZoneInfo("Africa/Bamako")
    longest_gap_s: int = 1800


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """What the milk went through: hours measured and in gaps, hours at or below 8 °C, and the lab's figures."""

    hours: float
    gap_hours: float
    cold_hours: float
    degree_hours: float
    hours_at_four: float
    mean_kinetic_celsius: float | None
    lowest_celsius: float
    highest_celsius: float


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`range` None: the model is not of this milk, or nobody saw it for too long. `presumed`: nobody told its age.

    `capped`: by its count it would keep for longer than is ever said. `boils`: it is said to boil it before drinking.
    """

    begins_ms: int
    ends_ms: int
    exposed: Exposed
    range: Range | None
    because: Because
    advice: Advice
    boils: bool
    capped: bool
    presumed: bool


def answer(trace: MilkTrace, told: Told) -> Answer:
    """Return what the model says; as the product says it, from the same batch and by the same rules of speech."""
    terms = MilkTerms(zone=told.zone.key, species=told.species)
    (begins_ms, _), (ends_ms, celsius) = trace.readings[0], trace.readings[-1]
    batch = _followed(trace, told, terms)
    ends = deadline(batch, terms, at_ms=ends_ms, celsius=celsius)
    kept = kept_at(trace.readings, terms, until_ms=ends_ms, longest_gap_s=told.longest_gap_s)
    draws, modelled = drawn(), told.species.timed and batch.blind_ms is None
    return Answer(
        begins_ms=begins_ms,
        ends_ms=ends_ms,
        exposed=_exposed(trace, batch, kept),
        range=ranged(_started(batch.last, told, terms, draws), kept, draws, then_celsius=celsius) if modelled else None,
        because=because(batch, ends, terms, at_ms=ends_ms),
        advice=say(batch, ends, terms, at_ms=ends_ms),
        boils=batch.estimate.counts()[0] < ACT_NOW,
        capped=ends.capped,
        presumed=not batch.known,
    )


def _followed(trace: MilkTrace, told: Told, terms: MilkTerms) -> Batch:
    begins_ms = trace.readings[0][0]
    batch = begun(_pour(told, at_ms=begins_ms), terms)
    before_ms = begins_ms
    for at_ms, celsius in trace.readings:
        gap = at_ms - before_ms > told.longest_gap_s * 1000
        followed = follow(batch, terms, at_ms=at_ms, celsius=celsius, gap=gap)
        batch, before_ms = batch if followed is None else followed, at_ms
    return as_of(batch, terms, at_ms=before_ms, longest_gap_s=told.longest_gap_s)


def _pour(told: Told, *, at_ms: int) -> Pour:
    known = told.age_h is not None or told.count is not None
    age_ms = PRESUMED_AGE_MS if not known else round((told.age_h or 0.0) * HOUR_MS)
    return Pour(
        at_ms=at_ms,
        milked=Milked.JUST_NOW if known else Milked.UNKNOWN,
        milked_ms=at_ms - age_ms,
        told=True,
        species=told.species,
        carried=None if told.count is None else estimate.fresh(told.count),
    )


def _started(pour: Pour, told: Told, terms: MilkTerms, draws: Draws) -> Milks:
    return poured(pour, terms, draws) if told.count is None else fresh(math.log10(told.count), draws)


def _exposed(trace: MilkTrace, batch: Batch, kept: Kept) -> Exposed:
    measured = kept.measured
    spans = zip(kept.hours[measured].tolist(), kept.celsius[measured].tolist(), strict=True)
    celsius = [one for _, one in trace.readings]
    return Exposed(
        hours=batch.exposure.hours,
        gap_hours=float(np.sum(kept.hours[~measured])),
        cold_hours=batch.exposure.cold_hours,
        degree_hours=batch.exposure.degree_hours,
        hours_at_four=hours_at_four_degrees(spans),
        mean_kinetic_celsius=batch.exposure.mean_kinetic_celsius,
        lowest_celsius=min(celsius),
        highest_celsius=max(celsius),
    )
