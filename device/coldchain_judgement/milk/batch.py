"""The batch: milk in one unit from when it came until it is gone, with all that its estimate rests on."""

import msgspec

from coldchain_judgement.milk.estimate import Estimate, Integrals, grown
from coldchain_judgement.milk.kinds import Milked, Process, Species

NOTHING_YET: Integrals = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Exposure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What milk has been through since it came: hours measured, those at or below 8 °C, °C·h above 4 °C."""

    hours: float = 0.0
    cold_hours: float = 0.0
    degree_hours: float = 0.0


class Pour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The milk that was poured in last, at `at_ms`: `told` by somebody, or only found in the curve as `fill_ms`.

    `milked_ms` is when it was milked, or is presumed to have been where nobody knows. `carried` is its estimate where
    it came from another unit. `before` is what was in the unit then, at `before_celsius`, and `share` how much of the
    whole was poured; None: not known.
    """

    at_ms: int
    milked: Milked
    milked_ms: int
    told: bool
    fill_ms: int | None = None
    carried: Estimate | None = None
    before: Estimate | None = None
    share: float | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Milk that came into a unit at `begun_ms`, as it is after the reading of `at_ms`, `celsius`.

    `start` is its estimate when milk was last poured; `integrals` are of what followed, so that an answer which comes
    after the pour changes the start and nothing is followed anew. `milked_ms` is of the oldest milk in it; `known`
    says whether somebody told the age of all of it. `blind_ms` is since when nothing is known of it, because a gap was
    longer than its remaining time; `refused_ms` when a test refused it. Nothing grows until `treated_ms`. Once it is
    `processed`, `spoiled` says whether it was past its time when that was done.
    """

    begun_ms: int
    at_ms: int
    start: Estimate
    last: Pour
    milked_ms: int
    known: bool
    celsius: float | None = None
    species: Species = Species.COW
    litres: float | None = None
    integrals: Integrals = NOTHING_YET
    topped_up: int = 0
    blind_ms: int | None = None
    refused_ms: int | None = None
    treated_ms: int | None = None
    processed: tuple[Process, ...] = ()
    spoiled: bool = False
    exposure: Exposure = Exposure()

    @property
    def estimate(self) -> Estimate:
        """Return how many bacteria it has by `at_ms`, as far as that can be told."""
        return grown(self.start, self.integrals)

    @property
    def found(self) -> bool:
        """Return whether only the curve told of the milk that was poured last."""
        return not self.last.told
