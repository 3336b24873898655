"""Reading a unit's curve: thinned so that extremes stay, clipped to when each probe sat in the unit."""

import enum

from coldchain_contract.readings import Quality
from coldchain_server.fleet.model import Fleet, Placement, Unit
from coldchain_server.queries.standing import nearness
from coldchain_server.queries.values import Curve, FaultMark, ProbeCurve
from coldchain_server.store.protocol import Store

_BUCKETS = 120
_READINGS_A_BUCKET = 2
_OCCASIONAL_S = 60
_HOUR_MS = 3_600_000
_LONGEST_WITH_FAULTS_MS = 7 * 24 * _HOUR_MS


class Span(enum.Enum):
    """How far back a curve looks."""

    HOURS_6 = "6h"
    HOURS_24 = "24h"
    DAYS_7 = "7d"
    DAYS_30 = "30d"

    @property
    def milliseconds(self) -> int:
        return {"6h": 6, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}[self.value] * _HOUR_MS


def unit_curve(store: Store, fleet: Fleet, unit: Unit, span: Span, *, now_ms: int) -> Curve:
    """Return the unit's curve up to now. Raises `StoreUnavailable` and `StoreRefused` as the store does."""
    start_ms, end_ms = now_ms - span.milliseconds, now_ms + 1
    marked = span.milliseconds <= _LONGEST_WITH_FAULTS_MS
    placements = _held_within(fleet, unit, start_ms, end_ms)
    profile = fleet.profiles.get(unit.profile)
    return Curve(
        start_ms=start_ms,
        end_ms=end_ms,
        probes=tuple(
            _probe_curve(store, placement, start_ms=start_ms, end_ms=end_ms, fleet=fleet, faults=marked)
            for placement in placements
        ),
        limits=profile.limits if profile else (),
        faults_marked=marked,
    )


def _probe_curve(
    store: Store, placement: Placement, *, start_ms: int, end_ms: int, fleet: Fleet, faults: bool
) -> ProbeCurve:
    first = max(start_ms, placement.from_ms)
    last = min(end_ms, placement.to_ms) if placement.to_ms is not None else end_ms
    teller = fleet.teller(placement)
    # What is read once in a while is drawn where it was read: nothing is known between, and nothing is a gap.
    sample_s = teller.sample_s if teller.live else _OCCASIONAL_S
    buckets = bucket_count(last - first, sample_s=sample_s, whole_ms=end_ms - start_ms)
    marks: tuple[FaultMark, ...] = ()
    if faults:
        points = store.points(placement.probe, first, last)
        readings = (point.reading for point in points)
        marks = tuple(FaultMark(at_ms=r.at_ms, quality=r.quality) for r in readings if r.quality is not Quality.OK)
    return ProbeCurve(
        probe=placement.probe,
        place=placement.place,
        buckets=tuple(store.curve(placement.probe, first, last, buckets)),
        faults=marks,
        confidence=teller.confidence,
    )


def bucket_count(span_ms: int, *, sample_s: int, whole_ms: int) -> int:
    """Return how many stretches to ask for: never so many that one without a reading is no gap."""
    most = span_ms // (_READINGS_A_BUCKET * sample_s * 1000)
    return max(1, min(_BUCKETS * span_ms // whole_ms, most))


def _held_within(fleet: Fleet, unit: Unit, start_ms: int, end_ms: int) -> list[Placement]:
    """Return the placements of a span, first those that speak for the unit."""
    placements = fleet.placements_of(unit.id)
    held = [p for p in placements if p.from_ms < end_ms and (p.to_ms is None or p.to_ms > start_ms)]
    return sorted(held, key=lambda p: (*nearness(fleet.teller(p).confidence, p.place), p.from_ms))
