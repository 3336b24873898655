"""What milk has been through, in figures for reports: none of them says how long it keeps."""

import math

from coldchain_judgement.milk.trace import Spans

KELVIN = 273.15
ACTIVATION_K = 10_000.0
"""ΔH/R of 83.144 kJ/mol over 8.3144 J/mol/K (Haynes 1971)."""
_REFERENCE_COLD = 4.0


def mean_kinetic_celsius(parts: Spans) -> float:
    """Return the mean kinetic temperature (Haynes 1971) of (weight, °C); `ValueError` where nothing weighs anything."""
    weighed = [(weight, celsius) for weight, celsius in parts if weight > 0]
    if not weighed:
        raise ValueError("a mean kinetic temperature needs at least one span")
    total = sum(weight for weight, _ in weighed)
    mean = sum(weight * math.exp(-ACTIVATION_K / (celsius + KELVIN)) for weight, celsius in weighed) / total
    return ACTIVATION_K / -math.log(mean) - KELVIN


def degree_hours_above(limit: float, parts: Spans) -> float:
    """Return the °C·h above `limit` of (hours, °C)."""
    return sum(hours * max(0.0, celsius - limit) for hours, celsius in parts)


def hours_at_four_degrees(parts: Spans) -> float:
    """Return how many hours at 4 °C would have let cold-loving bacteria grow as much, of (hours, °C).

    √rate = b·(T + 7) between −7 and 20 °C; warmer milk counts as 20 °C, so the figure is too low there.
    """

    def pace(celsius: float) -> float:
        return ((min(max(celsius, -7.0), 20.0) + 7.0) / (_REFERENCE_COLD + 7.0)) ** 2

    return sum(hours * pace(celsius) for hours, celsius in parts)
