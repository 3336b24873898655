"""The clock a demo declares: an origin and a rate that every part of the run shares."""

import time

from coldchain_contract.clock import DeclaredClock

RATE = 300.0
"""Five simulated hours in a minute of watching: a compressor fails, milk warms, and the cooler recovers."""


def declared_clock(*, rate: float) -> DeclaredClock:
    """Return a clock that starts at the last full minute of real time and runs `rate` times as fast."""
    minute_ms = time.time_ns() // 60_000_000_000 * 60_000
    return DeclaredClock(origin_ms=minute_ms, rate=rate, started=time.monotonic(), monotonic=time.monotonic)
