"""Batches of the past with what they went through: the store's readings followed again by what people told since.

A batch is as judging would have it with all readings and all corrections there are now, whatever was known at its time.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.course import Course, step
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.events import Emptied, Event, MovedOut, Sold, Tested
from coldchain_judgement.milk.exposure import hours_at_four_degrees
from coldchain_judgement.milk.following import as_of
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.judging.milk import between
from coldchain_server.judging.watches import Watch, Watches
from coldchain_server.lab.draws import Draws, drawn, poured
from coldchain_server.lab.kept import kept_at
from coldchain_server.lab.range import Percentiles, ranged
from coldchain_server.milk.rows import in_force
from coldchain_server.store.protocol import Point, Store

LEAD_MS = 3 * 86_400_000
"""So much earlier following begins, so that what was in the unit at the first instant asked for is known."""
_PORTION = 20_000


class PastBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch from its pour to its end; `ended_ms` None: it goes on, or was not seen to end.

    `gap_hours` nobody measured; `log10` is the range of its count at its end, None where the model is not of it.
    """

    site: SiteId
    unit: UnitId
    batch: Batch
    ended_ms: int | None
    gap_hours: float
    hours_at_four: float
    log10: Percentiles | None
    tests: tuple[Tested, ...]


def past_batches(
    session: Session, store: Store, fleet: Fleet, unit: Unit, *, from_ms: int, to_ms: int
) -> Iterator[PastBatch]:
    """Yield the batches of a unit that were there between two instants, oldest first. Raises as the store does.

    It takes some seconds for a month of minutes.
    """
    watches, draws = Watches(fleet), drawn()
    begins_ms = from_ms - LEAD_MS
    events = in_force(session, unit.id, from_ms=begins_ms, to_ms=to_ms)
    for placement in fleet.placements_of(unit.id):
        start_ms = max(begins_ms, placement.from_ms)
        end_ms = to_ms if placement.to_ms is None else min(to_ms, placement.to_ms)
        watch = watches.watch(placement, start_ms) if start_ms < end_ms else None
        if watch is None or watch.terms.milk is None:
            continue
        points = _points(store, watch, start_ms, end_ms)
        for followed in _followed(points, watch, events):
            past = _past(unit, watch.terms.milk, followed, events, draws, longest_gap_s=watch.terms.longest_gap_s)
            if past.ended_ms is None or past.ended_ms >= from_ms:
                yield past


class _Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it was last seen, the values it was kept at since it began, and when it was gone."""

    batch: Batch
    trace: tuple[tuple[int, float], ...]
    ended_ms: int | None


def _points(store: Store, watch: Watch, start_ms: int, end_ms: int) -> Iterator[Point]:
    while True:
        points = store.points(watch.placement.probe, start_ms, end_ms, _PORTION)
        yield from points
        if len(points) < _PORTION:
            return
        start_ms = points[-1].reading.at_ms + 1


def _followed(points: Iterable[Point], watch: Watch, events: Sequence[Event]) -> Iterator[_Followed]:
    course, trace = Course(), list[tuple[int, float]]()
    for point in points:
        reading, before = point.reading, course.milk
        new = between(events, course, reading.at_ms)
        course, _ = step(
            course, watch.terms, at_ms=reading.at_ms, celsius=reading.value, quality=reading.quality, events=new
        )
        if before is not None and (course.milk is None or course.milk.begun_ms != before.begun_ms):
            ended_ms = _ended_ms(new, course.milk, at_ms=reading.at_ms)
            yield _Followed(batch=_at_its_end(before, watch, ended_ms), trace=tuple(trace), ended_ms=ended_ms)
            trace = []
        _note(trace, course.milk)
    if course.milk is not None:
        yield _Followed(batch=course.milk, trace=tuple(trace), ended_ms=None)


def _at_its_end(batch: Batch, watch: Watch, ended_ms: int) -> Batch:
    """Return a batch as it was when it was gone, which is after its last reading."""
    if watch.terms.milk is None or ended_ms <= batch.at_ms:
        return batch
    return as_of(batch, watch.terms.milk, at_ms=ended_ms, longest_gap_s=watch.terms.longest_gap_s)


def _note(trace: list[tuple[int, float]], milk: Batch | None) -> None:
    if milk is not None and milk.celsius is not None and (not trace or milk.at_ms > trace[-1][0]):
        trace.append((milk.at_ms, milk.celsius))


def _ended_ms(events: Iterable[Event], following: Batch | None, *, at_ms: int) -> int:
    """Return when a batch was gone: by what somebody told, or as the next one was poured in, or by that reading."""
    told = [one.at_ms for one in events if isinstance(one, Emptied | MovedOut | Sold)]
    if told:
        return told[0]
    return at_ms if following is None else following.begun_ms


def _past(
    unit: Unit, terms: MilkTerms, followed: _Followed, events: Iterable[Event], draws: Draws, *, longest_gap_s: int
) -> PastBatch:
    batch, trace = followed.batch, followed.trace
    kept = kept_at(trace, terms, until_ms=batch.at_ms, longest_gap_s=longest_gap_s)
    measured = kept.measured
    spans = zip(kept.hours[measured].tolist(), kept.celsius[measured].tolist(), strict=True)
    ended_ms = followed.ended_ms
    return PastBatch(
        site=unit.site,
        unit=unit.id,
        batch=batch,
        ended_ms=ended_ms,
        gap_hours=float(kept.hours[~measured].sum()),
        hours_at_four=hours_at_four_degrees(spans),
        log10=_range(batch, terms, trace, draws, longest_gap_s=longest_gap_s),
        tests=tuple(
            one
            for one in events
            if isinstance(one, Tested) and batch.begun_ms <= one.at_ms and (ended_ms is None or one.at_ms <= ended_ms)
        ),
    )


def _range(
    batch: Batch, terms: MilkTerms, trace: Sequence[tuple[int, float]], draws: Draws, *, longest_gap_s: int
) -> Percentiles | None:
    """Return the range of a batch at its last reading, since it was last poured to."""
    if not is_modelled(batch):
        return None
    start_ms = batch.last.at_ms
    since = [one for one in trace if one[0] > start_ms]
    held = next((celsius for at_ms, celsius in reversed(trace) if at_ms <= start_ms), terms.warm_celsius)
    kept = kept_at([(start_ms, held), *since], terms, until_ms=batch.at_ms, longest_gap_s=longest_gap_s)
    return ranged(poured(batch.last, terms, draws), kept, draws, then_celsius=held).log10[-1]


def is_modelled(batch: Batch) -> bool:
    """Return whether the model is of this milk: raw, of cows, untreated, and never unseen for longer than it keeps."""
    return batch.species.timed and not batch.processed and batch.treated_ms is None and batch.blind_ms is None
