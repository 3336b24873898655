"""The device's clock: an instant, how long the machine has been up, and whether the wall time can be trusted."""

import abc
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from coldchain_contract.clock import Clock
from coldchain_device.timekeeping import FITTED_MS, Certain, Known, Source, rounded_ms, told_by_ntp, told_by_server

_log = structlog.get_logger()
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
PLAUSIBLE_FROM_MS = 1_767_225_600_000
"""2026-01-01, before this software was made: a clock that says less, such as one with an empty battery, is not believed
whatever it is."""
LONGEST_ROUND_TRIP_MS = 60_000
"""A server's time that took longer than this to come back says too little."""
_OLDEST_WORD_S = 3600
"""systemd-timesyncd asks at least every 34 minutes; an older word may be about a clock that was set since."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock said at one moment; `wall_ms` means nothing yet where it is not `trusted`."""

    boot_id: str
    uptime_ms: int
    wall_ms: int
    trusted: bool
    uncertainty_ms: int = 0
    source: Source = Source.SERVER
    fitted_off_ms: int | None = None
    """How far the server found the fitted clock to be off in this boot; None where that was not seen."""


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox remembers: the newest instant that the server has confirmed, and when this boot began."""

    floor_ms: int = 0
    known: Known | None = None


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
        """Take the server's time, which came back for what was first sent at `sent_uptime_ms`; True where the time is
        known only now, or is another than was thought."""

    @abc.abstractmethod
    def recall(self, recalled: Recalled) -> None:
        """Take what an earlier run of this device remembers."""

    @abc.abstractmethod
    def suggest(self, now_ms: int, *, uncertainty_ms: int) -> None:
        """Take a time that is better than none, such as the mobile network's; the server's replaces it."""

    @property
    def checked(self) -> bool:
        """Whether the time is known and was compared with the server's since boot."""
        return True

    @property
    def turns(self) -> int:
        """How often the time became known, or another: each time, readings not yet sent are dated anew."""
        return 1

    @property
    def floor_ms(self) -> int:
        """The instant that is past for certain, whatever the system's clock says."""
        return PLAUSIBLE_FROM_MS

    @abc.abstractmethod
    def certain(self) -> Certain:
        """Return between which instants it really is now, such as certificates are valid in."""

    @property
    def off_ms(self) -> int | None:
        """How far the system's clock is ahead of what is known; None where nothing is."""
        return None

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

    def recall(self, recalled: Recalled) -> None:
        """It knows the time already."""

    def suggest(self, now_ms: int, *, uncertainty_ms: int) -> None:
        """It knows the time already."""

    def certain(self) -> Certain:
        """Whatever a run declares, certificates are from the real world."""
        now_ms = round(time.time() * 1000)
        return Certain(earliest_ms=now_ms, latest_ms=now_ms)


class SystemClock(DeviceClock):
    """The Pi's own clock. What is trusted is not the wall time but when this boot began, so that steps of the system's
    clock change nothing: the uptime goes on evenly.

    Said by systemd-timesyncd each time it synchronizes, by a fitted clock (`has_rtc`) at the start, by the mobile
    network, and by the server with every confirmation. `timekeeping` decides who wins.
    """

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
        self._lock = threading.RLock()
        self._known: Known | None = None
        self._fitted: Known | None = None
        self._synchronized_ns: int | None = None
        self._floor_ms, self._turns = PLAUSIBLE_FROM_MS, 0
        self._contradicted = False

    def stamp(self) -> Stamp:
        with self._lock:
            self._look()
            uptime, known = self._uptime_ms(), self._known
            if known is None:
                return Stamp(boot_id=self._boot_id, uptime_ms=uptime, wall_ms=self._wall_ms(), trusted=False)
            return Stamp(
                boot_id=self._boot_id,
                uptime_ms=uptime,
                wall_ms=rounded_ms(known.began_ms + uptime),
                trusted=True,
                uncertainty_ms=known.uncertainty_at(uptime),
                source=known.source,
                fitted_off_ms=self._fitted_off_ms(known),
            )

    def wall_seconds(self, span_seconds: float) -> float:
        return span_seconds

    def learn(self, server_ms: int, *, sent_uptime_ms: int) -> bool:
        """The server said its time somewhere between sending and now: the middle is taken, half the span is the
        uncertainty. A server that says less than it confirmed before is not believed."""
        with self._lock:
            self._look()
            uptime, turns = self._uptime_ms(), self._turns
            round_trip = uptime - sent_uptime_ms
            if not 0 <= round_trip <= LONGEST_ROUND_TRIP_MS or server_ms < self._floor_ms:
                return False
            server = Known(
                began_ms=server_ms - uptime + round_trip // 2,
                uncertainty_ms=(round_trip + 1) // 2,
                uptime_ms=uptime,
                source=Source.SERVER,
            )
            self._say_contradiction(server)
            self._adopt(told_by_server(self._known, server))
            return self._turns != turns

    def recall(self, recalled: Recalled) -> None:
        with self._lock:
            self._floor_ms = max(self._floor_ms, recalled.floor_ms)
            if self._known is None and recalled.known is not None:
                self._adopt(recalled.known)

    def suggest(self, now_ms: int, *, uncertainty_ms: int) -> None:
        with self._lock:
            self._look()
            if self._known is None and now_ms >= self._floor_ms:
                self._adopt(self._said(now_ms, Source.FITTED, uncertainty_ms=uncertainty_ms))

    @property
    def checked(self) -> bool:
        known = self._known
        return known is not None and known.source is Source.SERVER

    @property
    def turns(self) -> int:
        return self._turns

    @property
    def floor_ms(self) -> int:
        return self._floor_ms

    @property
    def off_ms(self) -> int | None:
        known = self._known
        return None if known is None else self._wall_ms() - self._uptime_ms() - known.began_ms

    def certain(self) -> Certain:
        """A fitted clock may be an hour off or say anything: it makes nothing certain."""
        stamp = self.stamp()
        if not stamp.trusted or stamp.source is Source.FITTED:
            return Certain(earliest_ms=self.floor_ms, latest_ms=None)
        earliest_ms, latest_ms = stamp.wall_ms - stamp.uncertainty_ms, stamp.wall_ms + stamp.uncertainty_ms
        return Certain(earliest_ms=earliest_ms, latest_ms=latest_ms)

    def _look(self) -> None:
        """Take what the system's own clock says, once each time somebody vouches for it."""
        wall_ms = self._wall_ms()
        synchronized_ns = self._synchronized_at_ns()
        if synchronized_ns != self._synchronized_ns:
            self._synchronized_ns = synchronized_ns
            if synchronized_ns is not None and self._is_about_now(synchronized_ns, wall_ms):
                self._adopt(told_by_ntp(self._known, self._said(wall_ms, Source.NTP)))
        if self._has_rtc and self._known is None and wall_ms >= self._floor_ms:
            self._adopt(self._said(wall_ms, Source.FITTED, uncertainty_ms=FITTED_MS))

    def _is_about_now(self, synchronized_ns: int, wall_ms: int) -> bool:
        age_s = wall_ms / 1000 - synchronized_ns / 1e9
        return wall_ms >= self._floor_ms and -1 <= age_s <= _OLDEST_WORD_S

    def _adopt(self, known: Known) -> None:
        before, self._known = self._known, known
        if known.source is Source.FITTED:
            self._fitted = known
        if before is None or (known is not before and known.corrects(before)):
            self._turns += 1

    def _fitted_off_ms(self, known: Known) -> int | None:
        if self._fitted is None or known.source is not Source.SERVER:
            return None
        return self._fitted.began_ms - known.began_ms

    def _say_contradiction(self, server: Known) -> None:
        """Say once that the system's clock claims to be synchronized and is not, and once that it is right again."""
        off_ms = 0 if self._synchronized_ns is None else self._said(self._wall_ms(), Source.NTP).differs_ms(server)
        if off_ms and not self._contradicted:
            _log.warning("the clock says it is synchronized and the server says otherwise, the server wins", ms=off_ms)
        elif not off_ms and self._contradicted:
            _log.info("the clock agrees with the server again")
        self._contradicted = bool(off_ms)

    def _said(self, wall_ms: int, source: Source, *, uncertainty_ms: int = 0) -> Known:
        uptime = self._uptime_ms()
        return Known(began_ms=wall_ms - uptime, uncertainty_ms=uncertainty_ms, uptime_ms=uptime, source=source)

    def _synchronized_at_ns(self) -> int | None:
        try:
            return self._synchronized_file.stat().st_mtime_ns
        except OSError:
            return None

    def _wall_ms(self) -> int:
        return round(self._wall_s() * 1000)

    def _uptime_ms(self) -> int:
        return round(self._uptime_s() * 1000)


def device_clock(clock: Clock) -> DeviceClock:
    """Return `clock` itself where it is a device's, else take it as trusted."""
    return clock if isinstance(clock, DeviceClock) else GivenClock(clock)
