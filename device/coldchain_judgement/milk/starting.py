"""With how many bacteria milk begins, by what is told of its age and where it comes from."""

from collections.abc import Iterable
from typing import TypedDict

import msgspec

from coldchain_judgement.milk.batch import NOTHING_YET, Batch, Before, Pour
from coldchain_judgement.milk.estimate import Estimate, either, fresh, kept, poured_together
from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

CLEAN, OLD = 1e5, 1e6
"""Bacteria a ml of milk that was milked within two hours, and of milk that is older or of which nobody knows."""
COOLED_WITHIN_H = 2.0
PRESUMED_AGE_MS = 6 * HOUR_MS
"""How old milk is presumed to be where nobody told: 10^6 is what was counted after four to six warm hours."""


def milked_ms(milked: Milked, told_ms: int | None, *, poured_ms: int, terms: MilkTerms) -> int:
    """Return when milk was milked, as told, or presumed where it was not."""
    if milked is Milked.UNKNOWN:
        return poured_ms - PRESUMED_AGE_MS
    if told_ms is not None:
        return min(told_ms, poured_ms)
    return poured_ms if milked is Milked.JUST_NOW else terms.morning_ms(poured_ms)


def begun(pour: Pour, terms: MilkTerms) -> Batch:
    """Return the batch that a pour into an empty unit begins."""
    return Batch(begun_ms=pour.at_ms, at_ms=pour.at_ms, last=pour, fill_ms=pour.fill_ms, **_contents(pour, terms))


def topped_up(batch: Batch, pour: Pour, terms: MilkTerms, *, over: bool) -> Batch:
    """Return a batch that milk was poured to; `over`: what was in it was past its time, which no milk thins out.

    Raw milk makes the whole raw, and milk that was not treated makes the whole untreated.
    """
    before = Before(
        estimate=batch.estimate,
        milked_ms=batch.milked_ms,
        known=batch.known,
        species=batch.species,
        litres=batch.litres,
    )
    pour = msgspec.structs.replace(pour, before=before)
    return msgspec.structs.replace(
        batch,
        last=pour,
        integrals=NOTHING_YET,
        topped_up=batch.topped_up + 1,
        treated_ms=None,
        processed=(),
        processed_ms=None,
        spoiled=batch.spoiled or over,
        fill_ms=batch.fill_ms if pour.fill_ms is None else pour.fill_ms,
        **_contents(pour, terms),
    )


def answered(batch: Batch, last: Pour, terms: MilkTerms) -> Batch:
    """Return a batch of whose last pour something else is known now: what followed it is kept, what began it is not."""
    fill_ms = batch.fill_ms if last.fill_ms is None else last.fill_ms
    return msgspec.structs.replace(batch, last=last, fill_ms=fill_ms, **_contents(last, terms))


def alone(batch: Batch, last: Pour, terms: MilkTerms) -> Batch:
    """Return the batch where its last pour turns out to be all that is in the unit: what was there before is gone."""
    first = begun(msgspec.structs.replace(last, before=None), terms)
    return msgspec.structs.replace(first, at_ms=batch.at_ms, celsius=batch.celsius, integrals=batch.integrals)


def poured(pour: Pour, terms: MilkTerms) -> Estimate:
    """Return what is in the unit just after a pour: the blend of what was in it before and what came."""
    came = _of_its_age(pour, terms) if pour.carried is None else pour.carried
    if pour.before is None:
        return came
    whole = _sum(pour.litres, pour.before.litres)
    share = pour.litres / whole if whole and pour.litres is not None else pour.share
    if share is None:
        return either(pour.before.estimate, came)
    return poured_together([(1.0 - share, pour.before.estimate), (share, came)])


class _Contents(TypedDict):
    start: Estimate
    milked_ms: int
    known: bool
    species: Species
    litres: float | None


def _contents(pour: Pour, terms: MilkTerms) -> _Contents:
    """Return what a batch says of what is in the unit: as old as its oldest milk, and known where all of it is."""
    known, before = pour.milked is not Milked.UNKNOWN, pour.before
    start = poured(pour, terms)
    if before is None:
        return {
            "start": start,
            "milked_ms": pour.milked_ms,
            "known": known,
            "species": pour.species,
            "litres": pour.litres,
        }
    return {
        "start": start,
        "milked_ms": min(before.milked_ms, pour.milked_ms),
        "known": known and before.known,
        "species": untimed_of((before.species, pour.species)),
        "litres": _sum(pour.litres, before.litres),
    }


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _of_its_age(pour: Pour, terms: MilkTerms) -> Estimate:
    """Return milk as it was poured in: after two hours it stood warm, and has at least what is counted then."""
    factor = 10.0**terms.offset_log10
    if pour.milked is Milked.UNKNOWN:
        return fresh(OLD * factor)
    hours = (pour.at_ms - pour.milked_ms) / HOUR_MS
    stood = kept(fresh(CLEAN * factor), [(hours, terms.warm_celsius)])
    if hours <= COOLED_WITHIN_H:
        return stood
    old = fresh(OLD * factor)
    return old if stood.counts()[1] < old.counts()[1] else stood


def untimed_of(species: Iterable[Species]) -> Species:
    """Return whose milk a blend counts as: any milk that nobody can time makes the whole of it so."""
    *others, last = species
    return next((one for one in others if not one.timed), last)
