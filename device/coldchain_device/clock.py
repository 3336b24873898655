"""The device's clock: an instant, how long the machine has been up, and whether the wall time can be trusted."""

import abc
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec

from coldchain_contract.clock import Clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
PLAUSIBLE_FROM_MS = 1_767_225_600_000
"""2026-01-01: a clock that says less, such as one with an empty battery, is not believed whatever it is."""
LONGEST_ROUND_TRIP_MS = 60_000
"""A server's time that took longer than this to come back says too little."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock said at one moment; `wall_ms` means nothing yet where it is not `trusted`."""

    boot_id: str
    uptime_ms: int
    wall_ms: int
    trusted: bool
    uncertainty_ms: int = 0


class DeviceClock(abc.ABC):
    """A `coldchain_contract.clock.Clock` that also knows its boot and whether it may be believed. Thread-safe."""

    @abc.abstractmethod
    def stamp(self) -> Stamp:
        """Return this moment."""

    @abc.abstractmethod
    def wall_seconds(self, span_seconds: float) -> float:
        """Return how many seconds of real waiting a span of this clock takes."""

    @abc.abstractmethod
    def learn(self, server_ms: int, *, sent_uptime_ms: int) -> bool:
        """Take the server's time, which came back for what was sent at `sent_uptime_ms`; True where it was of use."""

    def now_ms(self) -> int:
        return self.stamp().wall_ms


class GivenClock(DeviceClock):
    """A clock that a run declares: always trusted, and counted as one boot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_ms = clock.now_ms()
        self._boot_id = str(uuid.uuid4())

    def stamp(self) -> Stamp:
        now = self._clock.now_ms()
        return Stamp(boot_id=self._boot_id, uptime_ms=now - self._began_ms, wall_ms=now, trusted=True)

    def wall_seconds(self, span_seconds: float) -> float:
        return self._clock.wall_seconds(span_seconds)

    def learn(self, server_ms: int, *, sent_uptime_ms: int) -> bool:  # noqa: ARG002 - it knows the time already
        return False


class SystemClock(DeviceClock):
    """The Pi's own clock. It is trusted once systemd-timesyncd has synchronized it, where a real-time clock is fitted
    (`has_rtc`), or from the first server time on: that one counts until the system's own is synchronized."""

    def __init__(
        self,
        *,
        has_rtc: bool = False,
        boot_id_file: Path = _BOOT_ID,
        synchronized_file: Path = _SYNCHRONIZED,
        wall_s: Callable[[], float] = time.time,
        uptime_s: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._has_rtc, self._synchronized_file = has_rtc, synchronized_file
        self._wall_s, self._uptime_s = wall_s, uptime_s
        self._boot_id = boot_id_file.read_text().strip()
        self._learnt: Stamp | None = None

    def stamp(self) -> Stamp:
        uptime, learnt = round(self._uptime_s() * 1000), self._learnt
        wall = round(self._wall_s() * 1000)
        own = wall >= PLAUSIBLE_FROM_MS and (self._has_rtc or self._synchronized_file.exists())
        if learnt is None or own:
            return Stamp(boot_id=self._boot_id, uptime_ms=uptime, wall_ms=wall, trusted=own)
        repaired = learnt.wall_ms + uptime - learnt.uptime_ms
        return msgspec.structs.replace(learnt, uptime_ms=uptime, wall_ms=repaired)

    def wall_seconds(self, span_seconds: float) -> float:
        return span_seconds

    def learn(self, server_ms: int, *, sent_uptime_ms: int) -> bool:
        """The server said its time somewhere between sending and now: the middle is taken, half the span is the
        uncertainty."""
        now = self.stamp()
        round_trip = now.uptime_ms - sent_uptime_ms
        if now.trusted or not 0 <= round_trip <= LONGEST_ROUND_TRIP_MS:
            return False
        self._learnt = Stamp(
            boot_id=self._boot_id,
            uptime_ms=now.uptime_ms,
            wall_ms=server_ms + round_trip // 2,
            trusted=True,
            uncertainty_ms=(round_trip + 1) // 2,
        )
        return True


def device_clock(clock: Clock) -> DeviceClock:
    """Return `clock` itself where it is a device's, else take it as trusted."""
    return clock if isinstance(clock, DeviceClock) else GivenClock(clock)
