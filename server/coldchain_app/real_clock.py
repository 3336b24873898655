"""The clock of a server in the field: the machine's own."""

import time


class RealClock:
    """Follows the system's wall time, corrections included."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def wall_seconds(self, span_seconds: float) -> float:
        return span_seconds
