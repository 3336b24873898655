"""What milk was kept at, as arrays: spans of time with what is doubtful of each."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from coldchain_judgement.milk.following import ERROR_CELSIUS, lagging, unseen
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.lab.draws import Draws
from coldchain_server.lab.growth import Array

_NOISE_CELSIUS = 0.2


class Kept(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Spans one after the other: each so many `hours` at `celsius`, or, in a gap, between `coldest` and `warmest`.

    `behind` is by how much milk may be off from a probe that lags, either way.
    """

    hours: Array
    celsius: Array
    warmest: Array
    coldest: Array
    behind: Array
    measured: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.hours)

    def part(self, spans: slice) -> "Kept":
        return Kept(
            hours=self.hours[spans],
            celsius=self.celsius[spans],
            warmest=self.warmest[spans],
            coldest=self.coldest[spans],
            behind=self.behind[spans],
            measured=self.measured[spans],
        )

    def as_drawn(self, draws: Draws, *, error: float = ERROR_CELSIUS) -> Array:
        """Return the temperatures that the milk had as each draw has it: draws × spans."""
        gap = draws.gap[:, None]
        towards = np.where(gap > 0, self.warmest - self.celsius, self.celsius - self.coldest)
        return self.celsius + gap * towards + draws.behind[:, None] * self.behind + error * draws.error[:, None]


def kept_at(trace: Sequence[tuple[int, float]], terms: MilkTerms, *, until_ms: int, longest_gap_s: int) -> Kept:
    """Return how milk was kept from the first of a trace of (ms, °C) until an instant, each value until the next.

    What is not measured for longer than `longest_gap_s` is a gap, at the end as well: there the unit may have warmed.
    """
    rows: list[tuple[float, float, float, float, float, bool]] = []
    for (at_ms, celsius), (end_ms, then) in pairwise([*trace, *((until_ms, celsius) for _, celsius in trace[-1:])]):
        hours = (end_ms - at_ms) / HOUR_MS
        if hours <= 0:
            continue
        if hours * 3600 > longest_gap_s:
            parts = unseen(celsius, then, hours=hours, terms=terms)
            rows += [(part_h, likely, warmest, coldest, 0.0, False) for part_h, warmest, likely, coldest in parts]
        else:
            rows.append((hours, celsius, celsius, celsius, _behind(then - celsius, hours, terms), True))
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 6
    hours_of, likely_of, warmest_of, coldest_of, behind_of, measured = columns
    return Kept(
        hours=hours_of,
        celsius=likely_of,
        warmest=warmest_of,
        coldest=coldest_of,
        behind=behind_of,
        measured=measured.astype(np.bool_),
    )


def _behind(rise: float, hours: float, terms: MilkTerms) -> float:
    if not terms.lag_s or abs(rise) <= _NOISE_CELSIUS:
        return 0.0
    return lagging(abs(rise) / hours, lag_s=terms.lag_s)
