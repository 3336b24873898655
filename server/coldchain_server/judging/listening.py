"""Since when the server has listened without a break: silence of a device never counts from before."""

_LONGEST_BREAK_MS = 600_000


class Listening:
    """Begins anew where the last time is ten minutes back, or ahead: the server was down, or its clock leapt."""

    def __init__(self) -> None:
        self.since_ms = 0
        self._last_ms: int | None = None

    def goes_on(self, now_ms: int) -> bool:
        """Note that the server listens at `now_ms`; False where listening begins anew."""
        unbroken = self._last_ms is not None and 0 <= now_ms - self._last_ms <= _LONGEST_BREAK_MS
        if not unbroken:
            self.since_ms = now_ms
        self._last_ms = now_ms
        return unbroken
