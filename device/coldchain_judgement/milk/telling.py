"""What becomes of the milk in a unit by what people tell of it."""

import msgspec

from coldchain_judgement.milk.batch import Batch, Exposure, Pour
from coldchain_judgement.milk.events import (
    Emptied,
    Event,
    MilkIn,
    MovedIn,
    MovedOut,
    Processed,
    Sold,
    Tested,
    Treated,
)
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.lactoperoxidase import added_hours
from coldchain_judgement.milk.limits import is_over
from coldchain_judgement.milk.starting import answered, begun, milked_ms, topped_up
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

ANSWERS_WITHIN_MS = 2 * HOUR_MS
"""What is told within two hours of a pour is told of that pour, whichever is known first."""
_TREATED_WITHIN_MS = 3 * HOUR_MS
"""Lactoperoxidase works in milk that was milked so lately, and once."""


def told(batch: Batch | None, event: Event, terms: MilkTerms) -> Batch | None:
    """Return the milk in a unit after an event; None where the unit is empty then. The batch is as of the event."""
    match event:
        case MilkIn():
            return _milk_in(batch, event, terms)
        case MovedIn():
            return _moved_in(batch, event, terms)
        case Emptied():
            return None
        case Sold() | MovedOut():
            return None if batch is None else _less(batch, event)
    return None if batch is None else _handled(batch, event)


def _milk_in(batch: Batch | None, event: MilkIn, terms: MilkTerms) -> Batch:
    species = event.species or terms.species
    if batch is not None and _answers(batch.last, event):
        last = msgspec.structs.replace(
            batch.last,
            told=True,
            milked=event.milked,
            milked_ms=_when(event, batch.last.at_ms, terms),
            species=species,
            litres=event.litres,
        )
        return answered(batch, last, terms)
    pour = Pour(
        at_ms=event.at_ms,
        milked=event.milked,
        milked_ms=_when(event, event.at_ms, terms),
        told=True,
        species=species,
        litres=event.litres,
    )
    return _in(batch, pour, terms)


def _answers(last: Pour, event: MilkIn) -> bool:
    return not last.told and last.carried is None and abs(event.at_ms - last.at_ms) <= ANSWERS_WITHIN_MS


def _when(event: MilkIn, poured_ms: int, terms: MilkTerms) -> int:
    return milked_ms(event.milked, event.milked_ms, poured_ms=poured_ms, terms=terms)


def _in(batch: Batch | None, pour: Pour, terms: MilkTerms) -> Batch:
    if batch is None:
        return begun(pour, terms)
    return topped_up(batch, pour, terms, over=batch.known and is_over(batch))


def _moved_in(batch: Batch | None, event: MovedIn, terms: MilkTerms) -> Batch:
    """Milk from another unit keeps its age and its past; what was wrong with it is wrong with all of it.

    Where all that is in the unit came from another, it is as processed, as treated, as spoiled and as cold as it was
    there. What is mixed has been through what the part that was warm for longer has.
    """
    came = event.batch
    pour = Pour(
        at_ms=event.at_ms,
        milked=came.last.milked if came.known else Milked.UNKNOWN,
        milked_ms=came.milked_ms,
        told=True,
        species=came.species,
        litres=event.litres or came.litres,
        carried=came.estimate,
    )
    after = _in(batch, pour, terms)
    if batch is None:
        after = msgspec.structs.replace(
            after,
            processed=came.processed,
            processed_ms=came.processed_ms,
            treated_ms=came.treated_ms,
            celsius=came.celsius,
        )
    return msgspec.structs.replace(
        after,
        blind_ms=_earliest(came.blind_ms, after.blind_ms),
        refused_ms=_earliest(came.refused_ms, after.refused_ms),
        spoiled=after.spoiled or came.spoiled or (came.known and is_over(came)),
        exposure=came.exposure if batch is None else max(came.exposure, after.exposure, key=_warm_hours),
    )


def _warm_hours(exposure: Exposure) -> float:
    return exposure.hours - exposure.cold_hours


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((ms for ms in (one, other) if ms is not None), default=None)


def _less(batch: Batch, event: Sold | MovedOut) -> Batch | None:
    """Milk that leaves in part leaves the rest as it is; of an unknown amount, milk that is moved is all of it."""
    if event.litres is None:
        return None if isinstance(event, MovedOut) else batch
    if batch.litres is None:
        return batch
    left = batch.litres - event.litres
    return msgspec.structs.replace(batch, litres=left) if left > 0 else None


def _handled(batch: Batch, event: Processed | Tested | Treated) -> Batch:
    match event:
        case Processed():
            return msgspec.structs.replace(
                batch,
                processed=(*batch.processed, event.process),
                processed_ms=event.at_ms if batch.processed_ms is None else batch.processed_ms,
                spoiled=batch.spoiled or is_over(batch),
            )
        case Tested():
            if not event.failed or batch.refused_ms is not None:
                return batch
            return msgspec.structs.replace(batch, refused_ms=event.at_ms)
        case Treated():
            if batch.treated_ms is not None or not batch.known or event.at_ms - batch.milked_ms > _TREATED_WITHIN_MS:
                return batch
            hours = added_hours(event.celsius, count=batch.estimate.counts()[0])
            return msgspec.structs.replace(batch, treated_ms=event.at_ms + round(hours * HOUR_MS))
