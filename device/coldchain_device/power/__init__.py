"""Mains and battery, sensed by whichever driver fits the box."""

from pathlib import Path

from coldchain_device.power.protocol import NoPower, Power, PowerState
from coldchain_device.power.supplies import PowerSupplies
from coldchain_device.settings import PowerSettings

__all__ = ["Power", "PowerState", "open_power"]


def open_power(settings: PowerSettings) -> Power:
    """Return the driver that the settings name; `BadOutput` where a pin cannot be had."""
    if settings.driver == "power_supply":
        return PowerSupplies(Path(settings.folder))
    if settings.driver == "gpio" and settings.mains_pin is not None:
        from coldchain_device.power.gpio import MainsPin  # noqa: PLC0415 - gpiozero only where it is configured

        return MainsPin(settings.mains_pin)
    return NoPower()
