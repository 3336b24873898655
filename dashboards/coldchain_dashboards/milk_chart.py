"""The picture of how many bacteria milk may have: from counts and instants to coordinates. Pure."""

import math
from collections.abc import Iterable
from datetime import tzinfo

import msgspec

from coldchain_dashboards.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick
from coldchain_server.clocks import local
from coldchain_server.queries.milk_range import MilkRange

ACT_NOW, SPOILED = 6.0, 7.0
"""log10 of the bacteria a ml beyond which milk is not for drinking, and of milk that counts as spoiled."""
_MOST_TICKS = 5


class MilkChart(msgspec.Struct, frozen=True, kw_only=True):
    """`band` is where eight of ten draws lie, `line` the middle one: SVG paths. `act_now` and `spoiled` are the
    heights of those counts, `counts` the labels of the axis."""

    band: str
    line: str
    act_now: int
    spoiled: int
    counts: tuple[Tick, ...]
    times: tuple[Tick, ...]


def draw(milk: MilkRange, zone: tzinfo) -> MilkChart | None:
    """Return the picture, its time axis by the clocks of `zone`; None of a single instant."""
    start_ms, end_ms = milk.at_ms[0], milk.at_ms[-1]
    if end_ms <= start_ms:
        return None
    lowest = min(5, math.floor(min(one.p10 for one in milk.log10)))
    highest = max(8, math.ceil(max(one.p90 for one in milk.log10)))

    def x(at_ms: int) -> int:
        return round(LEFT + (at_ms - start_ms) / (end_ms - start_ms) * (WIDTH - LEFT - RIGHT))

    def y(log10: float) -> int:
        return round(HEIGHT - BOTTOM - (log10 - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM))

    points = [(x(at_ms), one) for at_ms, one in zip(milk.at_ms, milk.log10, strict=True)]
    up = [(at, y(one.p90)) for at, one in points]
    down = [(at, y(one.p10)) for at, one in reversed(points)]
    return MilkChart(
        band=f"{_path(up)}L{_path(down)[1:]}z",
        line=_path((at, y(one.p50)) for at, one in points),
        act_now=y(ACT_NOW),
        spoiled=y(SPOILED),
        counts=tuple(Tick(at=y(power), label=f"10{_raised(power)}") for power in range(lowest, highest + 1)),
        times=tuple(Tick(at=x(at_ms), label=f"{local(at_ms, zone):%H:%M}") for at_ms in _spread(start_ms, end_ms)),
    )


def _path(points: Iterable[tuple[int, int]]) -> str:
    return "M" + "L".join(f"{at} {height}" for at, height in points)


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _spread(start_ms: int, end_ms: int) -> list[int]:
    step = (end_ms - start_ms) / (_MOST_TICKS - 1)
    return [round(start_ms + step * number) for number in range(_MOST_TICKS)]
