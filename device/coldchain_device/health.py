"""The health of the device: everything its status message says that can be known."""

import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import structlog

from coldchain_contract.messages import ProbeHealth, Status
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import Outbox
from coldchain_device.power import Power
from coldchain_device.troubles import Troubles

_log = structlog.get_logger()
_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_RESET_REASON = Path("/proc/device-tree/chosen/bootloader/rsts")
_MOST_RANGES = 20
"""Of the numbers that wait: a status is paid for by the byte."""
_UNDER_VOLTAGE_BITS = 1 << 0 | 1 << 16  # now, and since boot


class Throttling:
    """What the Pi's firmware says of its supply, by `vcgencmd get_throttled`; None where there is no such program."""

    def __init__(self, command: tuple[str, ...] = ("vcgencmd", "get_throttled")) -> None:
        self._command = command if shutil.which(command[0]) else None

    def under_voltage(self) -> bool | None:
        """Return whether the supply was under 4.63 V at any time since boot."""
        if self._command is None:
            return None
        try:
            told = subprocess.run(self._command, capture_output=True, text=True, timeout=5, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        match = re.fullmatch(r"throttled=0x([0-9a-fA-F]+)", told.strip())
        return bool(int(match[1], 16) & _UNDER_VOLTAGE_BITS) if match else None


class Health:
    """Gathers the status; what cannot be known is left out. Thread-safe."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        clock: DeviceClock,
        power: Power,
        data_folder: Path,
        boots: int,
        config_version: Callable[[], int],
        probes: Callable[[], tuple[ProbeHealth, ...]],
        troubles: Callable[[], Troubles] = Troubles,
        box_troubles: Callable[[], tuple[str, ...]] = tuple,
        throttling: Throttling | None = None,
    ) -> None:
        self._outbox, self._clock, self._power, self._data_folder = outbox, clock, power, data_folder
        self._boots, self._config_version, self._probes = boots, config_version, probes
        self._troubles, self._throttling = troubles, throttling or Throttling()
        self._box_troubles = box_troubles

    def status(self) -> Status:
        """Return the whole status, online."""
        stamp, power, troubles = self._clock.stamp(), self._power.read(), self._troubles()
        lowest, highest, unconfirmed, waiting = self._extent()
        return Status(
            at_ms=stamp.wall_ms,
            online=True,
            software=software_version(),
            uptime_s=stamp.uptime_ms // 1000,
            boot_id=stamp.boot_id,
            boot_reason=boot_reason(),
            boots=self._boots,
            clock_trusted=stamp.trusted,
            question=0 if self._clock.checked else stamp.uptime_ms,
            clock_source=stamp.source.name.lower() if stamp.trusted else "",
            clock_off_ms=self._clock.off_ms,
            outbox=str(self._outbox.id),
            lowest_sequence=lowest,
            highest_sequence=highest,
            unconfirmed=unconfirmed,
            waiting=waiting,
            disk_free_bytes=disk_free_bytes(self._data_folder),
            soc_celsius=soc_celsius(),
            under_voltage=self._throttling.under_voltage(),
            mains=power.mains,
            battery_percent=power.battery_percent,
            probes=tuple(probe for probe in self._probes() if probe.faults_in_a_row),
            config_version=self._config_version(),
            recovery_steps=troubles.steps,
            contested_since_ms=troubles.contested_since_ms,
            troubles=self._box_troubles(),
        )

    def offline(self) -> Status:
        """Return what the last will says: offline, and nothing else."""
        return Status(at_ms=self._clock.now_ms(), online=False)

    def _extent(self) -> tuple[int, int, int, str]:
        try:
            extent, waiting = self._outbox.extent(), self._outbox.waiting()
        except OutboxUnavailable:
            return 0, 0, 0, ""
        few = len(waiting.ranges) <= _MOST_RANGES and len(waiting) == extent.unconfirmed
        return extent.lowest_sequence, extent.highest_sequence, extent.unconfirmed, str(waiting) if few else ""


def software_version() -> str:
    """Return the installed version of coldchain, as `coldchain 0.1.0`."""
    try:
        return f"coldchain {importlib.metadata.version('coldchain')}"
    except importlib.metadata.PackageNotFoundError:
        return "coldchain"


def disk_free_bytes(folder: Path) -> int | None:
    """Return how much an ordinary user may still write on the filesystem of `folder`."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def soc_celsius(path: Path = _THERMAL) -> float | None:
    """Return the temperature of the Pi's chip."""
    try:
        return int(path.read_text()) / 1000
    except (OSError, ValueError):
        return None


def boot_reason(path: Path = _RESET_REASON) -> str:
    """Return the reset status the Pi's bootloader left, as `rsts 0x1000`; empty where it left none."""
    try:
        return f"rsts 0x{int.from_bytes(path.read_bytes(), 'big'):x}"
    except OSError:
        return ""
