"""Mains and battery as the Linux kernel shows them in /sys/class/power_supply.

File names and contents after the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

from pathlib import Path

from coldchain_device.power.protocol import PowerState


class PowerSupplies:
    """Mains is on where any supply of type Mains or USB is online; the battery is the fullest one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> PowerState:
        try:
            supplies = sorted(self._folder.iterdir())
        except OSError:
            return PowerState()
        online = [_number(supply / "online") for supply in supplies if _text(supply / "type") != "Battery"]
        charged = [_number(supply / "capacity") for supply in supplies if _text(supply / "type") == "Battery"]
        known = [value > 0 for value in online if value is not None]
        return PowerState(
            mains=any(known) if known else None,
            battery_percent=max((value for value in charged if value is not None), default=None),
        )

    def close(self) -> None:
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _number(path: Path) -> float | None:
    try:
        return float(_text(path))
    except ValueError:
        return None
