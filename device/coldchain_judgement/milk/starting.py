"""With how many bacteria milk begins, by what is told of its age and where it comes from."""

from collections.abc import Iterable

import msgspec

from coldchain_judgement.milk.batch import NOTHING_YET, Batch, Pour
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


def begun(pour: Pour, terms: MilkTerms, *, species: Species, litres: float | None) -> Batch:
    """Return the batch that a pour into an empty unit begins."""
    return Batch(
        begun_ms=pour.at_ms,
        at_ms=pour.at_ms,
        start=poured(pour, terms),
        last=pour,
        milked_ms=pour.milked_ms,
        known=pour.milked is not Milked.UNKNOWN,
        species=species,
        litres=litres,
    )


def topped_up(batch: Batch, pour: Pour, terms: MilkTerms, *, species: Species, litres: float | None) -> Batch:
    """Return a batch that milk was poured to: as old as its oldest milk, and of known age where all of it is."""
    whole = None if litres is None or batch.litres is None else litres + batch.litres
    share = None if whole is None or litres is None or whole <= 0 else litres / whole
    pour = msgspec.structs.replace(pour, before=batch.estimate, share=share if pour.share is None else pour.share)
    return msgspec.structs.replace(
        batch,
        start=poured(pour, terms),
        integrals=NOTHING_YET,
        last=pour,
        milked_ms=min(batch.milked_ms, pour.milked_ms),
        known=batch.known and pour.milked is not Milked.UNKNOWN,
        species=untimed_of((batch.species, species)),
        litres=whole,
        topped_up=batch.topped_up + 1,
    )


def poured(pour: Pour, terms: MilkTerms) -> Estimate:
    """Return what is in the unit just after a pour: the blend of what was in it before and what came."""
    came = _of_its_age(pour, terms) if pour.carried is None else pour.carried
    if pour.before is None:
        return came
    if pour.share is None:
        return either(pour.before, came)
    return poured_together([(1.0 - pour.share, pour.before), (pour.share, came)])


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
