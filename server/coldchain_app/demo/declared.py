"""The clock a demo declares: an origin and a rate that every part of the run shares."""

import time

from coldchain_contract.clock import DeclaredClock

RATE = 300.0
"""Five simulated hours in a minute of watching: a compressor fails, milk warms, and the cooler recovers."""

_DAY_MS = 86_400_000
_BEGINS_MS = 45_000_000  # 12:30 UTC: the hottest hours are ahead, and the curfew is five hours away


def declared_clock(*, rate: float) -> DeclaredClock:
    """Return a clock that starts at the last 12:30 UTC that is over and runs `rate` times as fast as real time."""
    now_ms = time.time_ns() // 1_000_000
    return DeclaredClock(origin_ms=begins_ms(now_ms), rate=rate, started=time.monotonic(), monotonic=time.monotonic)


def begins_ms(now_ms: int) -> int:
    """Return the last 12:30 UTC at or before an instant."""
    return (now_ms - _BEGINS_MS) // _DAY_MS * _DAY_MS + _BEGINS_MS
