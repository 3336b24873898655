"""What every store of readings does, and what its callers may rely on."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Quantity, Reading


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One reading as the store holds it; its key is (probe, quantity, instant).

    Which reading it is, is told by `outbox` and `sequence` together: a new card begins its sequence again. `outbox` is
    None for what came from no outbox, such as an imported file. `uncertainty_ms` bounds how far the instant may be off.
    """

    reading: Reading
    sequence: int
    uncertainty_ms: int = 0
    outbox: UUID | None = None


class Refusal(msgspec.Struct, frozen=True):
    """One point the store will never take, with the store's own reason."""

    point: Point
    reason: str


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a curve: the extremes are kept, so a short peak survives thinning. `count` counts ok readings."""

    start_ms: int
    end_ms: int
    count: int
    lowest: float
    mean: float
    highest: float


class Store(Protocol):
    """Readings, kept for good. Any thread may call any method; instants are UTC milliseconds.

    Every method raises `StoreUnavailable` where trying again can help and `StoreRefused` where a person must act.
    """

    def prepare(self) -> None:
        """Create the database or bucket where the server allows it; raise `StoreRefused` saying what to create."""
        ...

    def write(self, points: Sequence[Point]) -> list[Refusal]:
        """Write points durably; writing the same point again changes nothing. Return those refused for good."""
        ...

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = 100_000) -> list[Point]:
        """Return the points of `probe` with start ≤ instant < end, oldest first, faults included."""
        ...

    def curve(self, probe: ProbeUrn, start_ms: int, end_ms: int, buckets: int) -> list[Bucket]:
        """Return at most `buckets` stretches, oldest first; a stretch without an ok reading is absent: a gap."""
        ...

    def latest(self, probes: Iterable[ProbeUrn]) -> dict[ProbeUrn, Point]:
        """Return each probe's newest point, faults included; probes without any are absent."""
        ...

    def probes(self) -> list[ProbeUrn]:
        """Return every probe that has a point."""
        ...

    def close(self) -> None:
        """Release connections; the store is not used afterwards."""
        ...


__all__ = ["Bucket", "Point", "Quality", "Quantity", "Refusal", "Store"]
