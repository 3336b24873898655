"""Milk events: what people tell of the milk in a unit, each at its instant; what was corrected is no event any more."""

import msgspec

from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.kinds import Look, Milked, Process, QualityTest, Species


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`at_ms` is when it happened."""

    at_ms: int


class MilkIn(_Told, frozen=True, kw_only=True, tag="milk-in"):
    """Milk was poured in, milked at `milked_ms` where somebody said so exactly."""

    milked: Milked = Milked.UNKNOWN
    milked_ms: int | None = None
    species: Species | None = None
    litres: float | None = None


class Emptied(_Told, frozen=True, kw_only=True, tag="emptied"):
    """Nothing is left in the unit."""


class Sold(_Told, frozen=True, kw_only=True, tag="sold"):
    """A part was sold; the rest stays."""

    litres: float | None = None


class Processed(_Told, frozen=True, kw_only=True, tag="processed"):
    process: Process


class MovedOut(_Told, frozen=True, kw_only=True, tag="moved-out"):
    """Milk was taken to another unit: so many litres, or all of it."""

    litres: float | None = None


class MovedIn(_Told, frozen=True, kw_only=True, tag="moved-in"):
    """Milk came from another unit, as `batch` says it was when it left there."""

    batch: Batch
    litres: float | None = None


class Tested(_Told, frozen=True, kw_only=True, tag="tested"):
    """Milk was tested at `at_ms`, or a sample of it was taken. A test that failed refuses it; one that passed lengthens
    no time. `value` is in the unit of the test (`testing.SCALES`), `percent` how strong the alcohol was, and `look`
    what was wrong to see or to smell."""

    test: QualityTest
    failed: bool
    value: float | None = None
    percent: float | None = None
    look: Look | None = None


class Treated(_Told, frozen=True, kw_only=True, tag="treated"):
    """Lactoperoxidase was activated in milk of `celsius`."""

    celsius: float


Event = MilkIn | Emptied | Sold | Processed | MovedOut | MovedIn | Tested | Treated
