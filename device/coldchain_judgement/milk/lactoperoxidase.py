"""Lactoperoxidase: the hours that the treatment adds where it was done in time."""

from itertools import pairwise

_HOURS = ((15.0, 25.0), (20.0, 16.5), (25.0, 11.5), (30.0, 7.5), (35.0, 4.0))
"""(°C, hours): Codex CXG 13 to 30 °C, of which 30 °C was seen in print; 4 h at 35 °C and above (Loiseau, Chad 2001)."""
_TOO_MANY = 1e6


def added_hours(celsius: float, *, count: float) -> float:
    """Return the hours added to milk kept at `celsius`, linear between the points; none where it had over 10^6 per ml.

    Below 15 °C nothing beyond the hours at 15 °C is promised.
    """
    if count > _TOO_MANY:
        return 0.0
    if celsius <= _HOURS[0][0]:
        return _HOURS[0][1]
    for (low, most), (high, least) in pairwise(_HOURS):
        if celsius <= high:
            return most + (least - most) * (celsius - low) / (high - low)
    return _HOURS[-1][1]
