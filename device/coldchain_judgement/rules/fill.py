"""Fill: warm milk that was poured in, found in the curve, from its first warm minute until it is cold."""

import msgspec

from coldchain_judgement.curve import Drawn, Point

STEP_CELSIUS = 0.5
"""Milk that is cooled gets colder by steps of half a degree, eight times what a probe can tell apart."""
POURING_MS = 3_600_000
"""What is poured within an hour of the last is still the same fill."""
MIXING_MS = 1_200_000
"""Milk mixes and the probe follows for so long after the last was poured: that it still gets warmer means nothing."""
BANDS = (10.0, 20.0, 30.0)
"""Milk cools the more slowly the colder it is, so steps are compared with others of their band."""
BLEND_CELSIUS = 25.0
"""What is warmer holds next to no cold milk: a third at 4 °C brings milk of 36 °C to 25 °C."""


class Fill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Warm milk since `begun_ms`, in a unit that was at `from_celsius`.

    `mark` is where the last whole step down was done (or the top, while it gets warmer), `slowest_s` how long the
    slowest step of each band took, `cold_ms` when it was first at the line that the profile's cooling asks for.
    `poured_ms` is when milk was last added. `slow`: it has stood still for too long.
    """

    begun_ms: int
    from_celsius: float
    poured_ms: int
    peak: float
    mark: Point
    slowest_s: tuple[int, ...] = (0,) * (len(BANDS) + 1)
    cold_ms: int | None = None
    ended_ms: int | None = None
    slow: bool = False

    @property
    def open(self) -> bool:
        """Return whether the milk is still warm."""
        return self.ended_ms is None

    @property
    def blend(self) -> bool:
        """Return whether cold milk was in it; else the unit was empty, and this is another batch."""
        return self.peak <= BLEND_CELSIUS


def band(celsius: float) -> int:
    """Return the band that a temperature lies in, the coldest 0."""
    return sum(celsius >= edge for edge in BANDS)


def step(
    fill: Fill | None, drawn: Drawn, *, at_ms: int, warm_celsius: float, cold_celsius: float, gap: bool
) -> Fill | None:
    """Return the fill after the next point of the curve; None where none is known of.

    It ends as soon as the curve is no longer above `warm_celsius`. Milk poured within an hour of the last adds to a
    fill; later, it is another. A gap ends none, but no step is timed across it.
    """
    if drawn.poured_from is not None and drawn.celsius > warm_celsius:
        return _poured(fill, drawn.poured_from, at_ms=at_ms, celsius=drawn.celsius)
    if fill is None or not fill.open:
        return fill
    if drawn.celsius <= warm_celsius:
        cold_ms = at_ms if fill.cold_ms is None else fill.cold_ms
        return msgspec.structs.replace(fill, ended_ms=at_ms, cold_ms=cold_ms)
    if fill.cold_ms is None and drawn.celsius <= cold_celsius:
        fill = msgspec.structs.replace(fill, cold_ms=at_ms)
    return _marked(fill, at_ms=at_ms, celsius=drawn.celsius, gap=gap)


def _poured(fill: Fill | None, begin: Point, *, at_ms: int, celsius: float) -> Fill:
    if fill is None or not fill.open or begin[0] - fill.poured_ms > POURING_MS:
        return Fill(begun_ms=begin[0], from_celsius=begin[1], poured_ms=at_ms, peak=celsius, mark=(at_ms, celsius))
    return msgspec.structs.replace(
        fill, poured_ms=at_ms, peak=max(fill.peak, celsius), mark=(at_ms, celsius), cold_ms=None
    )


def _marked(fill: Fill, *, at_ms: int, celsius: float, gap: bool) -> Fill:
    """Return the fill with its mark moved where a step is done, or where it is only now as warm as it gets."""
    mark_ms, mark_celsius = fill.mark
    if gap:
        return msgspec.structs.replace(fill, mark=(at_ms, celsius))
    if celsius > fill.peak and at_ms - fill.poured_ms <= MIXING_MS:
        return msgspec.structs.replace(fill, peak=celsius, mark=(at_ms, celsius))
    if celsius > mark_celsius - STEP_CELSIUS:
        return fill
    slowest = list(fill.slowest_s)
    of = band(mark_celsius)
    slowest[of] = max(slowest[of], (at_ms - mark_ms) // 1000)
    return msgspec.structs.replace(fill, mark=(at_ms, celsius), slowest_s=tuple(slowest))
