"""What becomes of the milk in a unit by what people tell of it."""

import msgspec

from coldchain_judgement.milk.batch import Batch, Pour
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
from coldchain_judgement.milk.starting import begun, milked_ms, poured, topped_up
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

ANSWERS_WITHIN_MS = 2 * HOUR_MS
"""What is told within two hours of a pour is told of that pour, whichever is known first."""


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
        at_ms = batch.last.at_ms
        last = msgspec.structs.replace(batch.last, told=True, milked=event.milked, milked_ms=_when(event, at_ms, terms))
        return answered(
            msgspec.structs.replace(batch, species=species, litres=event.litres or batch.litres), last, terms
        )
    pour = Pour(at_ms=event.at_ms, milked=event.milked, milked_ms=_when(event, event.at_ms, terms), told=True)
    if batch is None:
        return begun(pour, terms, species=species, litres=event.litres)
    return topped_up(batch, pour, terms, species=species, litres=event.litres)


def _answers(last: Pour, event: MilkIn) -> bool:
    return not last.told and last.carried is None and abs(event.at_ms - last.at_ms) <= ANSWERS_WITHIN_MS


def _when(event: MilkIn, poured_ms: int, terms: MilkTerms) -> int:
    return milked_ms(event.milked, event.milked_ms, poured_ms=poured_ms, terms=terms)


def answered(batch: Batch, last: Pour, terms: MilkTerms) -> Batch:
    """Return a batch of whose last pour something else is known now: what followed it is kept, what began it is not."""
    alone = last.before is None
    known = last.milked is not Milked.UNKNOWN
    return msgspec.structs.replace(
        batch,
        begun_ms=last.at_ms if alone else batch.begun_ms,
        start=poured(last, terms),
        last=last,
        milked_ms=last.milked_ms if alone else min(batch.milked_ms, last.milked_ms),
        known=known if alone else known and batch.known,
        topped_up=0 if alone else batch.topped_up,
    )


def _moved_in(batch: Batch | None, event: MovedIn, terms: MilkTerms) -> Batch:
    """Milk from another unit keeps its age and its past; what refused or processed it goes with it."""
    came = event.batch
    milked = Milked.UNKNOWN if not came.known else came.last.milked
    pour = Pour(at_ms=event.at_ms, milked=milked, milked_ms=came.milked_ms, told=True, carried=came.estimate)
    if batch is None:
        after = begun(pour, terms, species=came.species, litres=event.litres or came.litres)
    else:
        after = topped_up(batch, pour, terms, species=came.species, litres=event.litres or came.litres)
    blinds = [ms for ms in (came.blind_ms, after.blind_ms) if ms is not None]
    refusals = [ms for ms in (came.refused_ms, after.refused_ms) if ms is not None]
    return msgspec.structs.replace(
        after,
        blind_ms=min(blinds, default=None),
        refused_ms=min(refusals, default=None),
        processed=after.processed or came.processed,
        spoiled=after.spoiled or came.spoiled,
    )


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
            processed = (*batch.processed, event.process)
            return msgspec.structs.replace(batch, processed=processed, spoiled=batch.spoiled or is_over(batch))
        case Tested():
            if not event.failed or batch.refused_ms is not None:
                return batch
            return msgspec.structs.replace(batch, refused_ms=event.at_ms)
        case Treated():
            hours = added_hours(event.celsius, count=batch.estimate.counts()[0])
            return msgspec.structs.replace(batch, treated_ms=event.at_ms + round(hours * HOUR_MS))
