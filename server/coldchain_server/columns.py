"""Readings as columns: how they lie in the spool and go to a store, a whole pack at a cost of a few objects."""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Quantity, Reading

Series = tuple[ProbeUrn, Quantity]
"""What a probe measures."""


class Columns(msgspec.Struct, frozen=True, array_like=True):
    """Numbered readings: the i-th is number `numbers[i]` of series `series[which[i]]`, taken at `at_ms[i]`.

    `values[i]` is None exactly where `faults` names the quality of the i-th.
    """

    series: tuple[Series, ...]
    which: tuple[int, ...]
    numbers: tuple[int, ...]
    at_ms: tuple[int, ...]
    values: tuple[float | None, ...]
    faults: dict[int, Quality]

    @classmethod
    def of(cls, numbers: Iterable[int], readings: Sequence[Reading]) -> "Columns":
        series, which = _series(readings)
        values = tuple([one.value for one in readings])
        faults = {place: readings[place].quality for place, value in enumerate(values) if value is None}
        return cls(
            series=series,
            which=which,
            numbers=tuple(numbers),
            at_ms=tuple([one.at_ms for one in readings]),
            values=values,
            faults=faults,
        )

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def ok_values(self) -> Sequence[float]:
        """Return the values that there are."""
        if not self.faults:
            return cast("tuple[float, ...]", self.values)
        return [value for value in self.values if value is not None]

    def at(self, place: int) -> Reading:
        probe, quantity = self.series[self.which[place]]
        return Reading(
            probe=probe,
            at_ms=self.at_ms[place],
            value=self.values[place],
            quality=self.faults.get(place, Quality.OK),
            quantity=quantity,
        )

    def readings(self) -> list[Reading]:
        """Return each as a value of its own."""
        return [self.at(place) for place in range(len(self))]

    def only(self, places: Sequence[int]) -> "Columns":
        """Return those at `places`, in that order."""
        return Columns(
            series=self.series,
            which=tuple([self.which[place] for place in places]),
            numbers=tuple([self.numbers[place] for place in places]),
            at_ms=tuple([self.at_ms[place] for place in places]),
            values=tuple([self.values[place] for place in places]),
            faults={new: self.faults[old] for new, old in enumerate(places) if old in self.faults},
        )


def _series(readings: Sequence[Reading]) -> tuple[tuple[Series, ...], tuple[int, ...]]:
    """Return every series once, and for each reading the place of its own."""
    quantity = readings[0].quantity if readings else Quantity.TEMPERATURE
    if all(one.quantity is quantity for one in readings):  # nearly always; to hash a member of an enum is slow
        probes: dict[ProbeUrn, int] = {}
        which = tuple([probes.setdefault(one.probe, len(probes)) for one in readings])
        return tuple([(probe, quantity) for probe in probes]), which
    places: dict[Series, int] = {}
    which = tuple([places.setdefault((one.probe, one.quantity), len(places)) for one in readings])
    return tuple(places), which
