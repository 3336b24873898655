"""A device's process for the fault suite: the agent as `coldchain-device run` starts it, on a clock that may be wrong.

Called with a folder that holds `device.toml`, `clock.json` (a `Quartz`) and `boot_id`, and the word `resting` where it
is to take nothing, only to send.
"""

import sys
import time
from pathlib import Path

import msgspec

from coldchain_device.agent import Agent
from coldchain_device.clock import SystemClock
from coldchain_device.loading import load_settings
from coldchain_device.notify import Systemd
from coldchain_device.stopping import stop_signals

QUICKER = 40
"""A span of the device's plan takes so many times less: five seconds between samples are an eighth of one."""


class Quartz(msgspec.Struct, frozen=True, kw_only=True):
    """How the box's clocks run: what its wall clock is ahead of the truth, and when, by `CLOCK_BOOTTIME`, it booted.

    `synchronized`: the system says that its wall clock was set by NTP, whatever it says.
    """

    ahead_s: float = 0.0
    booted_s: float = 0.0
    has_rtc: bool = False
    synchronized: bool = False


class BoxClock(SystemClock):
    """The device's own clock over the clocks of a box; only the plan's spans are shorter."""

    def __init__(self, folder: Path, *, resting: bool = False) -> None:
        self._file, self._resting = folder / "clock.json", resting
        super().__init__(
            has_rtc=self._quartz().has_rtc,
            boot_id_file=folder / "boot_id",
            synchronized_file=folder / "synchronized",
            wall_s=lambda: time.time() + self._quartz().ahead_s,
            uptime_s=lambda: time.clock_gettime(time.CLOCK_BOOTTIME) - self._quartz().booted_s,
        )

    def wall_seconds(self, span_seconds: float) -> float:
        """Where a sample's period takes no real time, the agent schedules none."""
        return 0.0 if self._resting else span_seconds / QUICKER

    def _quartz(self) -> Quartz:
        return msgspec.json.decode(self._file.read_bytes(), type=Quartz)


def main(folder: Path, *, resting: bool) -> None:
    with stop_signals() as wait_for_one:
        clock = BoxClock(folder, resting=resting)
        agent = Agent(load_settings(folder / "device.toml"), clock=clock, systemd=Systemd())
        agent.start()
        wait_for_one()
        agent.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), resting="resting" in sys.argv[2:])
