"""Looking back at the milk of a unit: as it was at an instant, by all readings and words there are now."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Event, Tested
from coldchain_judgement.milk.following import as_of, tell
from coldchain_judgement.milk.limits import deadline
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.freshness.card import Seen
from coldchain_server.judging.milk import between
from coldchain_server.judging.watches import Watch, Watches
from coldchain_server.ledger.set_aside import stretches_aside, was_aside
from coldchain_server.milk.rows import in_force
from coldchain_server.store.protocol import Point, Store

LEAD_MS = 3 * 86_400_000
"""So much earlier following begins: no raw milk is older."""
_PORTION = 20_000


def seen(
    session: Session, store: Store, fleet: Fleet, unit: Unit, *, at_ms: int, terms: MilkTerms | None = None
) -> Seen | None:
    """Return the milk of a unit as it was at `at_ms`; None where nothing watched it then.

    By `terms`, else by what the site says now. The same readings, words and terms always give the same. It takes some
    tenths of a second. Raises as the store does.
    """
    watch = _watch(session, fleet, unit, at_ms=at_ms)
    if watch is None or watch.terms.milk is None:
        return None
    milk_terms, gap_s = terms or watch.terms.milk, watch.terms.longest_gap_s
    judged_by = msgspec.structs.replace(watch.terms, milk=milk_terms)
    events = in_force(session, unit.id, from_ms=at_ms - LEAD_MS, to_ms=at_ms)
    course = _followed(_points(store, watch, at_ms=at_ms), judged_by, events)
    batch = _carried(course, milk_terms, events, at_ms=at_ms, longest_gap_s=gap_s)
    held = milk_terms.warm_celsius if batch is None or batch.celsius is None else batch.celsius
    return Seen(
        at_ms=at_ms,
        batch=batch,
        ends=None if batch is None else deadline(batch, milk_terms, at_ms=at_ms, celsius=held),
        terms=milk_terms,
        heard_ms=course.curve.last_ms,
        longest_gap_s=gap_s,
        tests=_tests(batch, events),
    )


def _watch(session: Session, fleet: Fleet, unit: Unit, *, at_ms: int) -> Watch | None:
    """Return what watched the milk of a unit then; a probe that somebody had called faulty did not."""
    watch = next((one for one in Watches(fleet).in_unit(unit.id, at_ms) if one.terms.milk is not None), None)
    if watch is None or was_aside(stretches_aside(session, watch.placement.probe), at_ms):
        return None
    return watch


def _points(store: Store, watch: Watch, *, at_ms: int) -> Iterator[Point]:
    start_ms = max(at_ms - LEAD_MS, watch.placement.from_ms)
    while points := store.points(watch.placement.probe, start_ms, at_ms + 1, _PORTION):
        yield from points
        start_ms = points[-1].reading.at_ms + 1


def _followed(points: Iterator[Point], terms: Terms, events: Sequence[Event]) -> Course:
    course = Course()
    for point in points:
        reading = point.reading
        course, _ = step(
            course,
            terms,
            at_ms=reading.at_ms,
            celsius=reading.value,
            quality=reading.quality,
            events=between(events, course, reading.at_ms),
        )
    return course


def _carried(
    course: Course, terms: MilkTerms, events: Sequence[Event], *, at_ms: int, longest_gap_s: int
) -> Batch | None:
    """Return the batch with what was told since the last reading, as it is at `at_ms`."""
    batch = tell(course.milk, terms, between(events, course, at_ms), longest_gap_s=longest_gap_s)
    return None if batch is None else as_of(batch, terms, at_ms=at_ms, longest_gap_s=longest_gap_s)


def _tests(batch: Batch | None, events: Sequence[Event]) -> tuple[Tested, ...]:
    return tuple(one for one in events if isinstance(one, Tested) and batch is not None and one.at_ms >= batch.begun_ms)
