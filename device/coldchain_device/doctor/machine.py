"""Examining the machine: its clock, its card, its supply, its heat."""

import os
from collections.abc import Iterator
from pathlib import Path

from coldchain_device.clock import DeviceClock
from coldchain_device.doctor.finding import Finding, advice, good, wrong
from coldchain_device.health import Throttling, disk_free_bytes, soc_celsius

_LITTLE_BYTES, _TOO_LITTLE_BYTES = 500_000_000, 50_000_000
_HOT_CELSIUS = 80.0


def examine_machine(clock: DeviceClock, data_folder: Path, throttling: Throttling) -> Iterator[Finding]:
    """Look at what the agent needs of its machine."""
    yield _clock(clock)
    yield _card(data_folder)
    yield _supply(throttling)
    heat = soc_celsius()
    if heat is not None and heat >= _HOT_CELSIUS:
        yield advice(
            "heat", f"the Pi is at {heat:.0f} °C and slows down", "shade the box, paint it white, let air through"
        )


def _clock(clock: DeviceClock) -> Finding:
    if clock.stamp().trusted:
        return good("clock", "the time is known")
    return advice(
        "clock",
        "the time is not known: readings are dated once the server has been heard",
        "where the network is seldom there, fit a DS3231 clock and set has_rtc = true",
    )


def _card(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = disk_free_bytes(existing)
    if not os.access(existing, os.W_OK):
        return wrong(
            "card", f"{existing} cannot be written", f"mount the card read-write, and give {folder} to the user"
        )
    if free is None or free < _TOO_LITTLE_BYTES:
        return wrong(
            "card", f"the card is full: {_megabytes(free)} free at {existing}", "delete what is not coldchain's"
        )
    if free < _LITTLE_BYTES:
        return advice("card", f"only {_megabytes(free)} are free at {existing}", "delete what is not coldchain's")
    return good("card", f"{_megabytes(free)} free")


def _megabytes(count: int | None) -> str:
    return "an unknown size" if count is None else f"{count / 1e6:.0f} MB"


def _supply(throttling: Throttling) -> Finding:
    under = throttling.under_voltage()
    if under is None:
        return good("supply", "under-voltage cannot be sensed on this machine")
    if under:
        return wrong(
            "supply",
            "the supply fell below 4.63 V since the Pi started",
            "use a 5.1 V, 2.5 A supply and a short, thick cable; give a modem its own supply",
        )
    return good("supply", "the supply held since the Pi started")
