"""The batch: milk in one unit from when it came until it is gone, with all that its estimate rests on."""

import math

import msgspec

from coldchain_judgement.milk.estimate import Estimate, Integrals, grown
from coldchain_judgement.milk.exposure import ACTIVATION_K, KELVIN
from coldchain_judgement.milk.kinds import Milked, Process, Species

NOTHING_YET: Integrals = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Exposure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What milk has been through since it came: hours measured, those at or below 8 °C, °C·h above 4 °C, and the hours
    weighed as Haynes' mean kinetic temperature weighs them."""

    hours: float = 0.0
    cold_hours: float = 0.0
    degree_hours: float = 0.0
    kinetic: float = 0.0

    @property
    def mean_kinetic_celsius(self) -> float | None:
        """Return the mean kinetic temperature; None where nothing was measured."""
        if self.hours <= 0 or self.kinetic <= 0:
            return None
        return ACTIVATION_K / -math.log(self.kinetic / self.hours) - KELVIN


class Before(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was in a unit when milk was poured to it, as the fields of its batch say."""

    estimate: Estimate
    milked_ms: int
    known: bool
    species: Species
    litres: float | None = None


class Pour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The milk that was poured in last, at `at_ms`: `told` by somebody, or only found in the curve as `fill_ms`.

    `milked_ms` is when it was milked, or is presumed to have been where nobody knows. `carried` is its estimate where
    it came from another unit. `share` is how much of the whole was poured, by its heat; None: that does not say.
    """

    at_ms: int
    milked: Milked
    milked_ms: int
    told: bool
    species: Species = Species.COW
    litres: float | None = None
    fill_ms: int | None = None
    carried: Estimate | None = None
    before: Before | None = None
    share: float | None = None


class Cools(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Milk that was just poured in gets colder until it is at `to_celsius`, by `in_h` hours a factor e (`ahead`)."""

    in_h: float
    to_celsius: float


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Milk that came into a unit at `begun_ms`, as it is after the reading of `at_ms`, `celsius`.

    `start` is its estimate when milk was last poured; `integrals` are of what followed, so that an answer which comes
    after the pour changes the start and nothing is followed anew. `milked_ms` is of the oldest milk in it; `known`
    says whether somebody told the age of all of it. `blind_ms` is since when nothing is known of it, as it may have had
    its time in a gap; `refused_ms` when a test refused it. Nothing grows until `treated_ms`. `spoiled`
    says that it was past its time when it was processed or poured to, which makes nothing good. `fill_ms` is the newest
    fill of the curve that is in it.
    """

    begun_ms: int
    at_ms: int
    start: Estimate
    last: Pour
    milked_ms: int
    known: bool
    celsius: float | None = None
    cools: Cools | None = None
    species: Species = Species.COW
    litres: float | None = None
    integrals: Integrals = NOTHING_YET
    topped_up: int = 0
    blind_ms: int | None = None
    refused_ms: int | None = None
    treated_ms: int | None = None
    processed: tuple[Process, ...] = ()
    processed_ms: int | None = None
    spoiled: bool = False
    fill_ms: int | None = None
    exposure: Exposure = Exposure()

    @property
    def estimate(self) -> Estimate:
        """Return how many bacteria it has by `at_ms`, as far as that can be told."""
        return grown(self.start, self.integrals)

    @property
    def found(self) -> bool:
        """Return whether only the curve told of the milk that was poured last."""
        return not self.last.told
