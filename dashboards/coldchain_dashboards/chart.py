"""The picture of a curve: from temperatures and instants to coordinates. Pure; words and colours are the template's."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

import msgspec

from coldchain_judgement.limits import Level, Limit, Side
from coldchain_server.clocks import local
from coldchain_server.fleet.model import Place
from coldchain_server.queries.values import Bucket, Confidence, Curve, FaultMark, ProbeCurve

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 30, 4, 8, 20
_LABEL_HEIGHT = 11
_MARK_WIDTH = 6
_LEAST_SPAN_C = 6.0
_MARGIN_C = 1.0
_HOUR = 3600
_TICK_STEPS_S = (_HOUR, 2 * _HOUR, 4 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 2 * 24 * _HOUR, 5 * 24 * _HOUR)
_MOST_TICKS = 7
_DEGREE_STEPS = (1, 2, 5, 10, 20, 50)


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One probe's curve as SVG paths: `line` through the means, `band` around lowest and highest; gaps are left out."""

    place: Place
    line: str
    band: str
    confidence: Confidence = Confidence.HIGH

    @property
    def dots(self) -> bool:
        """Whether each value stands alone: nothing was measured between."""
        return self.confidence.turn > 0


class LimitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One limit; `label_y` is None where another label is in the way."""

    y: int
    label_y: int | None
    celsius: float
    side: Side
    level: Level


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    at: int
    label: str


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Readings without a value that fall on one place of the picture."""

    x: int
    count: int


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which the first probe gave nothing."""

    x: int
    width: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of the table beside the picture; without values it is a stretch without data."""

    start_ms: int
    lowest: float | None
    mean: float | None
    highest: float | None


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    traces: tuple[Trace, ...]
    limits: tuple[LimitLine, ...]
    days: tuple[Tick, ...]
    degrees: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    gaps: tuple[Gap, ...]
    rows: tuple[Row, ...]
    faults_marked: bool

    @property
    def told(self) -> tuple[tuple[Place, Confidence], ...]:
        """Return what the traces are of, each once; the table is about the first."""
        return tuple(dict.fromkeys((trace.place, trace.confidence) for trace in self.traces))

    @property
    def empty(self) -> bool:
        return not any(trace.line for trace in self.traces)


class _Scale(msgspec.Struct, frozen=True, kw_only=True):
    """From instants and degrees to whole pixels of the picture."""

    start_ms: int
    end_ms: int
    lowest: float
    highest: float

    def x(self, at_ms: float) -> int:
        share = (at_ms - self.start_ms) / (self.end_ms - self.start_ms)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT))

    def y(self, celsius: float) -> int:
        share = (celsius - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))


def draw(curve: Curve, zone: tzinfo) -> Chart:
    """Return the picture of `curve` with its time axis by the clocks of `zone`."""
    lowest, highest = _extent(curve)
    scale = _Scale(start_ms=curve.start_ms, end_ms=curve.end_ms, lowest=lowest, highest=highest)
    speaking = _speaking(curve.probes)
    return Chart(
        traces=tuple(_trace(probe, scale) for probe in curve.probes),
        limits=_limit_lines(curve.limits, scale),
        days=_time_ticks(curve, zone, scale),
        degrees=_degree_ticks(scale),
        marks=_marks((mark for probe in curve.probes for mark in probe.faults), scale),
        gaps=_gaps(speaking, scale),
        rows=_rows(speaking, curve),
        faults_marked=curve.faults_marked,
    )


def segments(buckets: Sequence[Bucket]) -> list[list[Bucket]]:
    """Return the stretches that follow each other without a gap, one list each."""
    parts: list[list[Bucket]] = []
    for bucket in buckets:
        if parts and bucket.start_ms <= parts[-1][-1].end_ms:
            parts[-1].append(bucket)
        else:
            parts.append([bucket])
    return parts


def _speaking(probes: Sequence[ProbeCurve]) -> tuple[Bucket, ...]:
    """Return the curve that the gaps and the table are about: the milk's where a probe is in it.

    Probes that followed each other in one place are one curve.
    """
    first = probes[:1]
    same = [
        probe for probe in probes for one in first if (probe.place, probe.confidence) == (one.place, one.confidence)
    ]
    return tuple(sorted((b for probe in same for b in probe.buckets), key=lambda bucket: bucket.start_ms))


def _extent(curve: Curve) -> tuple[float, float]:
    buckets = [bucket for probe in curve.probes for bucket in probe.buckets]
    values = [b.lowest for b in buckets] + [b.highest for b in buckets] + [limit.celsius for limit in curve.limits]
    lowest = math.floor(min(values, default=0.0) - _MARGIN_C)
    return lowest, max(math.ceil(max(values, default=0.0) + _MARGIN_C), lowest + _LEAST_SPAN_C)


def _trace(probe: ProbeCurve, scale: _Scale) -> Trace:
    lines, bands = [], []
    for part in segments(probe.buckets):
        middles = [(scale.x((b.start_ms + b.end_ms) / 2), b) for b in part]
        lines.append(_path([(x, scale.y(b.mean)) for x, b in middles]))
        above = [(x, scale.y(b.highest)) for x, b in middles]
        below = [(x, scale.y(b.lowest)) for x, b in reversed(middles)]
        if above != below[::-1] and probe.place is not Place.AMBIENT:
            bands.append(_path(above + below) + "z")
    return Trace(place=probe.place, line="".join(lines), band="".join(bands), confidence=probe.confidence)


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Return a path in relative whole pixels, the shortest spelling; a single point is a dot one pixel long."""
    (x, y), *rest = points
    steps: list[int] = []
    last = (x, y)
    for point in rest:
        dx, dy = point[0] - last[0], point[1] - last[1]
        if dx or dy:
            steps += [dx, dy]
        last = point
    moves = "".join(f" {step}" if step >= 0 else f"{step}" for step in steps).strip()
    return f"M{x} {y}l{moves}" if moves else f"M{x} {y}h1"


def _limit_lines(limits: Iterable[Limit], scale: _Scale) -> tuple[LimitLine, ...]:
    """Return one line for each temperature and side; the critical label stays where two would overlap."""
    gravest: dict[tuple[float, Side], Limit] = {}
    for limit in limits:
        kept = gravest.setdefault((limit.celsius, limit.side), limit)
        if kept.level is Level.WARNING and limit.level is Level.CRITICAL:
            gravest[limit.celsius, limit.side] = limit
    lines: list[LimitLine] = []
    for limit in sorted(gravest.values(), key=lambda one: (one.level is not Level.CRITICAL, one.celsius)):
        y = scale.y(limit.celsius)
        taken = [line.label_y for line in lines if line.label_y is not None]
        free = all(abs(y - other) >= _LABEL_HEIGHT for other in taken)
        label_y = y if free else None
        lines.append(LimitLine(y=y, label_y=label_y, celsius=limit.celsius, side=limit.side, level=limit.level))
    return tuple(lines)


def _time_ticks(curve: Curve, zone: tzinfo, scale: _Scale) -> tuple[Tick, ...]:
    span_s = (curve.end_ms - curve.start_ms) / 1000
    step_s = next((step for step in _TICK_STEPS_S if span_s / step <= _MOST_TICKS), _TICK_STEPS_S[-1])
    first, last = local(curve.start_ms, zone), local(curve.end_ms, zone)
    at = first.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while at <= last:
        if at >= first:
            ticks.append(Tick(at=scale.x(at.timestamp() * 1000), label=_tick_label(at, step_s)))
        at += timedelta(seconds=step_s)
    return tuple(ticks)


def _tick_label(at: datetime, step_s: int) -> str:
    return f"{at:%d/%m}" if step_s >= 24 * _HOUR else f"{at:%H:%M}"


def _degree_ticks(scale: _Scale) -> tuple[Tick, ...]:
    span = scale.highest - scale.lowest
    step = next((step for step in _DEGREE_STEPS if span / step <= _MOST_TICKS), _DEGREE_STEPS[-1])
    first = math.ceil(scale.lowest / step) * step
    return tuple(
        Tick(at=scale.y(celsius), label=f"{celsius}".replace("-", "−"))
        for celsius in range(first, math.floor(scale.highest) + 1, step)
    )


def _marks(faults: Iterable[FaultMark], scale: _Scale) -> tuple[Mark, ...]:
    counts: dict[int, int] = {}
    for fault in faults:
        x = scale.x(fault.at_ms) // _MARK_WIDTH * _MARK_WIDTH
        counts[x] = counts.get(x, 0) + 1
    return tuple(Mark(x=x, count=count) for x, count in sorted(counts.items()))


def _gaps(buckets: Sequence[Bucket], scale: _Scale) -> tuple[Gap, ...]:
    known = [(part[0].start_ms, part[-1].end_ms) for part in segments(buckets)]
    starts = [scale.start_ms, *(end for _, end in known)]
    ends = [*(start for start, _ in known), scale.end_ms]
    pixels = [(scale.x(start), scale.x(end)) for start, end in zip(starts, ends, strict=True)]
    return tuple(Gap(x=left, width=right - left) for left, right in pixels if right - left > 4)


_ROWS = 12


def _rows(buckets: Sequence[Bucket], curve: Curve) -> tuple[Row, ...]:
    step_ms = (curve.end_ms - curve.start_ms) / _ROWS
    rows = []
    for number in range(_ROWS):
        start_ms = round(curve.start_ms + number * step_ms)
        within = [b for b in buckets if start_ms <= (b.start_ms + b.end_ms) / 2 < start_ms + step_ms]
        rows.append(_row(start_ms, within))
    return tuple(rows)


def _row(start_ms: int, within: Sequence[Bucket]) -> Row:
    if not within:
        return Row(start_ms=start_ms, lowest=None, mean=None, highest=None)
    count = sum(bucket.count for bucket in within)
    return Row(
        start_ms=start_ms,
        lowest=min(bucket.lowest for bucket in within),
        mean=sum(bucket.mean * bucket.count for bucket in within) / count,
        highest=max(bucket.highest for bucket in within),
    )
