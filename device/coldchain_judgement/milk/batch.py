"""The batch: milk in one unit from when it came until it is gone, with all that its estimate rests on."""

import msgspec

from coldchain_judgement.milk.estimate import Estimate
from coldchain_judgement.milk.kinds import Milked, Process, Species

Integrals = tuple[float, float, float, float, float, float]
"""The time integrals of the growth rates in ln units: cold-loving and warm-loving, of each view in turn."""
NOTHING_YET: Integrals = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Exposure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What milk has been through since it came: hours seen, those at or below 8 °C, °C·h above 4 °C, and the sum of
    hours weighed by exp(−ΔH/RT), from which the mean kinetic temperature is."""

    hours: float = 0.0
    cold_hours: float = 0.0
    degree_hours: float = 0.0
    kinetic: float = 0.0


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Milk that came into a unit at `begun_ms`, as it is after the reading of `at_ms`, `celsius`.

    `start` is its estimate when milk was last poured, `poured_ms`; `integrals` are of what followed, so that an answer
    which comes after the pour changes the start and nothing is followed anew. `milked_ms` is None where nobody told
    when it was milked. `found`: only the curve told of it. `blind_ms` is since when nothing is known of it, because a
    gap was longer than the milk's remaining time. `refused_ms` is when a test refused it. `treated_hours` is what
    lactoperoxidase adds.
    """

    begun_ms: int
    poured_ms: int
    at_ms: int
    start: Estimate
    milked: Milked = Milked.UNKNOWN
    milked_ms: int | None = None
    species: Species = Species.COW
    litres: float | None = None
    found: bool = False
    celsius: float | None = None
    integrals: Integrals = NOTHING_YET
    topped_up: int = 0
    blind_ms: int | None = None
    refused_ms: int | None = None
    processed: tuple[Process, ...] = ()
    treated_hours: float = 0.0
    exposure: Exposure = Exposure()
