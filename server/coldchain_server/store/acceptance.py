"""What every store can hold, and which points none can: one answer for all stores."""

import math
from collections.abc import Sequence

from coldchain_server.store.points import Block, Points
from coldchain_server.store.protocol import Point, Refusal

EARLIEST_MS, LATEST_MS = -9_223_372_036_854, 9_223_372_036_854
"""The instants that fit into 64 bits of nanoseconds, which is what InfluxDB counts in."""

_LARGEST_INTEGER = 2**63 - 1


def sorted_out(points: Sequence[Point]) -> tuple[Points, list[Refusal]]:
    """Return the points a store can hold, and a refusal for each other one."""
    points = Points.of(points)
    if all(map(_fits, points.blocks)):
        return points, []
    unfit = [(point, _unfit(point)) for point in points]
    good = [point for point, why in unfit if not why]
    return Points.of(good), [Refusal(point, why) for point, why in unfit if why]


def _fits(block: Block) -> bool:
    """Whether no point of `block` is unfit: seen by the extremes, without looking at each."""
    columns = block.columns
    return (
        all(map(math.isfinite, columns.ok_values))
        and min(columns.at_ms) >= EARLIEST_MS
        and max(columns.at_ms) < LATEST_MS
        and min(columns.numbers) >= 0
        and max(columns.numbers) <= _LARGEST_INTEGER
        and 0 <= block.uncertainty_ms <= _LARGEST_INTEGER
    )


def clamped(instant_ms: int) -> int:
    """Return the instant nearest to `instant_ms` that a store can be asked about."""
    return max(EARLIEST_MS, min(LATEST_MS, instant_ms))


def _unfit(point: Point) -> str | None:
    value = point.reading.value
    if value is not None and not math.isfinite(value):
        return f"the value {value} is not a finite number"
    if not EARLIEST_MS <= point.reading.at_ms < LATEST_MS:
        return f"the instant {point.reading.at_ms} ms is outside the years 1677 to 2262"
    if not (0 <= point.sequence <= _LARGEST_INTEGER and 0 <= point.uncertainty_ms <= _LARGEST_INTEGER):
        return "sequence and uncertainty must be whole numbers from 0 to 2^63 - 1"
    return None
