"""Following the milk in a unit from one reading to the next: what it was kept at, what was told, what was poured."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from coldchain_judgement.milk.batch import Batch, Cools, Exposure, Pour
from coldchain_judgement.milk.estimate import Integrals, added, rates
from coldchain_judgement.milk.events import Emptied, Event, MovedOut
from coldchain_judgement.milk.exposure import ACTIVATION_K, KELVIN
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.limits import is_over
from coldchain_judgement.milk.starting import PRESUMED_AGE_MS, alone, answered, begun, topped_up
from coldchain_judgement.milk.telling import ANSWERS_WITHIN_MS, told
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_judgement.rules.fill import Fill

ERROR_CELSIUS = 0.5
COLD_CELSIUS, REFERENCE_CELSIUS = 8.0, 4.0
_MOST_LAGGING = 5.0
_NOISE_CELSIUS = 0.2
"""What a probe leaps by itself from one reading to the next is no change of the milk."""
_PARTS = 8
"""Into so many parts a gap is cut."""
_WARMS_IN_H = 10.0
"""How long, in e-folds, a cooler takes to warm whose power is out and that is half full (20 l: 19 h, empty: 4 h)."""


def follow(
    batch: Batch | None,
    terms: MilkTerms,
    *,
    at_ms: int,
    celsius: float,
    gap: bool,
    fill: Fill | None = None,
    cools: Cools | None = None,
) -> Batch | None:
    """Return the milk in a unit after a reading that is later than the last.

    `gap`: nothing was measured between the two for longer than is usual. `fill` is the milk that was last found to be
    poured in, where it is new or has become warmer with this reading; `cools` how milk that was just poured in gets
    cold, where it does.
    """
    if fill is not None:
        batch = _found(batch, fill, terms)
    if batch is None:
        return None
    return _kept(batch, terms, to_ms=at_ms, celsius=celsius, gap=gap, cools=cools)


def tell(batch: Batch | None, terms: MilkTerms, events: Iterable[Event], *, longest_gap_s: int) -> Batch | None:
    """Return the milk in a unit after what people told of it, oldest first, later than its last reading."""
    for event in events:
        if batch is not None:
            batch = as_of(batch, terms, at_ms=event.at_ms, longest_gap_s=longest_gap_s)
        batch = told(batch, event, terms)
    return batch


def emptied_ms(events: Sequence[Event]) -> int | None:
    """Return when somebody last told that nothing is left in the unit; None where nobody did."""
    gone = (one.at_ms for one in events if isinstance(one, Emptied) or _is_all_of_it(one))
    return max(gone, default=None)


def _is_all_of_it(event: Event) -> bool:
    return isinstance(event, MovedOut) and event.litres is None


def as_of(batch: Batch, terms: MilkTerms, *, at_ms: int, longest_gap_s: int) -> Batch:
    """Return a batch as it is at `at_ms`, where its last reading was some time ago: what is not seen is a gap."""
    gap = at_ms - batch.at_ms > longest_gap_s * 1000
    celsius = terms.warm_celsius if batch.celsius is None else batch.celsius
    return _kept(batch, terms, to_ms=at_ms, celsius=celsius, gap=gap, cools=batch.cools)


def _found(batch: Batch | None, fill: Fill, terms: MilkTerms) -> Batch:
    """Return the milk after what the curve shows: a pour that somebody told of, or one that nobody has told of yet."""
    if batch is not None and batch.fill_ms == fill.begun_ms and batch.last.fill_ms != fill.begun_ms:
        return batch  # milk was poured to that fill since
    share = _share(fill, terms)
    if batch is not None and _is_of(batch.last, fill):
        last = msgspec.structs.replace(batch.last, fill_ms=fill.begun_ms)
        if batch.begun_ms >= fill.begun_ms - ANSWERS_WITHIN_MS:  # all that is in it came with this fill
            return answered(batch, last, terms)
        last = msgspec.structs.replace(last, share=share)
        return answered(batch, last, terms) if fill.blend else alone(batch, last, terms)
    pour = Pour(
        at_ms=fill.begun_ms,
        milked=Milked.UNKNOWN,
        milked_ms=fill.begun_ms - PRESUMED_AGE_MS,
        told=False,
        species=terms.species,
        fill_ms=fill.begun_ms,
        share=share,
    )
    if batch is None or not fill.blend:
        return msgspec.structs.replace(begun(pour, terms), celsius=fill.peak)
    return topped_up(batch, pour, terms, over=batch.known and is_over(batch))


def _is_of(last: Pour, fill: Fill) -> bool:
    """Return whether the last pour is that fill: known as such, or told of at about its time."""
    if last.fill_ms is not None:
        return last.fill_ms == fill.begun_ms
    return abs(fill.begun_ms - last.at_ms) <= ANSWERS_WITHIN_MS


def _share(fill: Fill, terms: MilkTerms) -> float:
    """Return how much of the whole was poured, by the heat it brought: milk and milk mix by volume."""
    brought = max(terms.warm_celsius, fill.peak) - fill.from_celsius
    return 1.0 if brought <= 0 else min(1.0, max(0.0, (fill.peak - fill.from_celsius) / brought))


def _kept(batch: Batch, terms: MilkTerms, *, to_ms: int, celsius: float, gap: bool, cools: Cools | None) -> Batch:
    """Return the batch as of `to_ms`: kept at its last temperature until then, or through a gap to `celsius`."""
    if to_ms <= batch.at_ms:
        return msgspec.structs.replace(batch, celsius=celsius, cools=cools)
    if gap:
        return _unseen(batch, terms, to_ms=to_ms, celsius=celsius, cools=cools)
    hours = (to_ms - batch.at_ms) / HOUR_MS
    held = celsius if batch.celsius is None else batch.celsius
    doubt = ERROR_CELSIUS
    if terms.lag_s and abs(celsius - held) > _NOISE_CELSIUS:
        doubt += lagging(abs(celsius - held) / hours, lag_s=terms.lag_s)
    integrals = _grown(batch, rates(held + doubt, held, held - doubt), to_ms=to_ms)
    return msgspec.structs.replace(
        batch,
        at_ms=to_ms,
        celsius=celsius,
        cools=cools,
        integrals=integrals,
        exposure=_exposed(batch.exposure, hours=hours, celsius=held),
    )


def lagging(per_hour: float, *, lag_s: int) -> float:
    """Return by how much the milk may be off from a probe that sees a change so much later or earlier than it."""
    return round(16 * min(_MOST_LAGGING, per_hour * lag_s / 3600.0)) / 16


def _grown(batch: Batch, per_hour: Integrals, *, to_ms: int) -> Integrals:
    """Return the integrals at `to_ms`; while lactoperoxidase works nothing is added."""
    from_ms = batch.at_ms if batch.treated_ms is None else max(batch.at_ms, batch.treated_ms)
    return batch.integrals if to_ms <= from_ms else added(batch.integrals, per_hour, hours=(to_ms - from_ms) / HOUR_MS)


def _unseen(batch: Batch, terms: MilkTerms, *, to_ms: int, celsius: float, cools: Cools | None) -> Batch:
    """Return the batch after a gap: at worst the unit warmed and came back, at best it was as cold as its colder end.

    Where the milk may have had its time in it, nothing is known of it any more; what was over before is known to be.
    """
    before = celsius if batch.celsius is None else batch.celsius
    hours = (to_ms - batch.at_ms) / HOUR_MS
    integrals = batch.integrals
    for part_h, warmest, between, coldest in unseen(before, celsius, hours=hours, terms=terms):
        per_hour = rates(warmest + ERROR_CELSIUS, between, coldest - ERROR_CELSIUS)
        integrals = added(integrals, per_hour, hours=part_h)
    after = msgspec.structs.replace(batch, at_ms=to_ms, celsius=celsius, cools=cools, integrals=integrals)
    if batch.blind_ms is None and is_over(after) and not is_over(batch):
        return msgspec.structs.replace(after, blind_ms=batch.at_ms)
    return after


def unseen(
    before: float, after: float, *, hours: float, terms: MilkTerms
) -> Iterator[tuple[float, float, float, float]]:
    """Yield the parts of a gap as (hours, °C at worst, likely, at best): it may have warmed and come back."""
    for part in range(_PARTS):
        along = (part + 0.5) / _PARTS
        between = before + (after - before) * along
        around = max(terms.around_celsius, before)
        warmed = around - (around - before) * math.exp(-hours * min(along, 1.0 - along) / _WARMS_IN_H)
        yield hours / _PARTS, max(between, warmed), between, min(before, after)


def _exposed(exposure: Exposure, *, hours: float, celsius: float) -> Exposure:
    return Exposure(
        hours=exposure.hours + hours,
        cold_hours=exposure.cold_hours + hours if celsius <= COLD_CELSIUS else exposure.cold_hours,
        degree_hours=exposure.degree_hours + hours * max(0.0, celsius - REFERENCE_CELSIUS),
        kinetic=exposure.kinetic + hours * _kinetic(celsius),
    )


@lru_cache(maxsize=1024)
def _kinetic(celsius: float) -> float:
    return math.exp(-ACTIVATION_K / (celsius + KELVIN))
