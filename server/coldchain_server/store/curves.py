"""How a curve is cut into stretches: the same cut in every store."""

from coldchain_server.store.acceptance import clamped
from coldchain_server.store.protocol import Bucket


class Cut:
    """`start` ≤ instant < `end` cut into at most `buckets` stretches of `width` ms; the first begins at `start`."""

    def __init__(self, start_ms: int, end_ms: int, buckets: int) -> None:
        if buckets < 1:
            raise ValueError(f"a curve needs at least one bucket, not {buckets}")
        self.start_ms, self.end_ms = clamped(start_ms), clamped(end_ms)
        self.width_ms = max(1, -(-(self.end_ms - self.start_ms) // buckets))

    @property
    def is_empty(self) -> bool:
        return self.end_ms <= self.start_ms

    @property
    def offset_ms(self) -> int:
        """How far the stretches are shifted against those that begin at 1970-01-01T00:00:00Z."""
        return self.start_ms % self.width_ms

    def bucket(self, start_ms: int, *, count: int, lowest: float, mean: float, highest: float) -> Bucket:
        """Return what is known of the stretch that begins at `start_ms`; the last one ends where the curve does."""
        end_ms = min(start_ms + self.width_ms, self.end_ms)
        return Bucket(start_ms=start_ms, end_ms=end_ms, count=count, lowest=lowest, mean=mean, highest=highest)
