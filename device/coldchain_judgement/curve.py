"""The curve of a probe: what its values draw once single wild ones are left out, in a few numbers."""

import msgspec

Point = tuple[int, float]
"""(ms, °C)"""

SMOOTH_OF, SMOOTH_MS = 5, 300_000
"""The curve is the median of the last five values, none of them older than five minutes."""
EVERY_MS = 600_000
KEPT = 14
"""Ten minutes apart, so many points are kept: two hours and what lies before."""
STEP_CELSIUS, STEP_MS = 0.5, 180_000
POUR_CELSIUS, POUR_MS = 1.5, 600_000
"""A rise of about 10 °C an hour, as a step or for longer, is warm milk poured in.

Left alone no milk rises like that: 20 litres without power at 40 °C 1.9 °C an hour, and three times that with the lid
off. The air of an empty unit does, and holds no milk.
"""


class Curve(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`last` are the newest values, `points` the curve every ten minutes since it last began anew (a gap, a pouring).

    `low` are the lowest of the last ten minutes: each is lower than all that came after it.
    """

    last: tuple[Point, ...] = ()
    low: tuple[Point, ...] = ()
    points: tuple[Point, ...] = ()

    @property
    def last_ms(self) -> int | None:
        """Return the instant of the newest value."""
        return self.last[-1][0] if self.last else None

    @property
    def rested(self) -> bool:
        """Return whether an hour of points is there, in which the curve did not fall by more than 0.3 °C."""
        if not self.points:
            return False
        at_ms, celsius = self.points[-1]
        before = next((one for one in reversed(self.points) if at_ms - one[0] >= _HOUR_MS), None)
        return before is not None and celsius >= before[1] - _FALLING


_HOUR_MS, _FALLING = 3_600_000, 0.3


class Drawn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The curve after a value: its height there, where a rise began that was a pouring, whether a point was added."""

    curve: Curve
    celsius: float
    poured_from: Point | None
    pointed: bool


def draw(curve: Curve, *, at_ms: int, celsius: float, gap: bool) -> Drawn:
    """Return the curve after its next value; across a `gap` it begins anew."""
    if gap:
        curve = Curve()
    last = (*_newer(curve.last[1 - SMOOTH_OF :], at_ms - SMOOTH_MS), (at_ms, celsius))
    heights = sorted(one[1] for one in last)
    height = heights[len(heights) // 2]
    before = _newer(curve.low, at_ms - POUR_MS) or curve.low[-1:]
    poured_from = _poured(before, at_ms=at_ms, height=height)
    low = (*(one for one in before if one[1] < height), (at_ms, height))
    points, pointed = _points(() if poured_from else curve.points, at_ms=at_ms, height=height)
    after = Curve(last=last, low=((at_ms, height),) if poured_from else low, points=points)
    return Drawn(curve=after, celsius=height, poured_from=poured_from, pointed=pointed)


def _newer(points: tuple[Point, ...], since_ms: int) -> tuple[Point, ...]:
    """Return the points that are not older than `since_ms`; they are in order."""
    if not points or points[0][0] >= since_ms:
        return points
    return tuple(one for one in points if one[0] >= since_ms)


def _poured(low: tuple[Point, ...], *, at_ms: int, height: float) -> Point | None:
    """Return the low point from which the curve has risen as only a pouring makes it rise."""
    for begin_ms, from_celsius in low:
        rise, took_ms = height - from_celsius, at_ms - begin_ms
        if rise >= STEP_CELSIUS and took_ms <= STEP_MS:
            return begin_ms, from_celsius
        if rise >= POUR_CELSIUS and rise / took_ms >= POUR_CELSIUS / POUR_MS:
            return begin_ms, from_celsius
    return None


def _points(points: tuple[Point, ...], *, at_ms: int, height: float) -> tuple[tuple[Point, ...], bool]:
    if points and at_ms // EVERY_MS == points[-1][0] // EVERY_MS:
        return points, False
    return (*points[1 - KEPT :], (at_ms, height)), True
