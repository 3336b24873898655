"""What the rest needs of a power driver."""

from typing import Protocol

import msgspec


class PowerState(msgspec.Struct, frozen=True, kw_only=True):
    """Mains and battery now; None for what is not sensed."""

    mains: bool | None = None
    battery_percent: float | None = None


class Power(Protocol):
    """Senses power; never raises."""

    def read(self) -> PowerState: ...

    def close(self) -> None: ...


class NoPower:
    """Nothing is fitted: a power cut is seen as silence."""

    def read(self) -> PowerState:
        return PowerState()

    def close(self) -> None:
        return
