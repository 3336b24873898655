"""The watch over the mains: looks every few seconds, and says at once when they go and when they are back."""

from collections.abc import Callable

import structlog

from coldchain_device.clock import DeviceClock
from coldchain_device.power.mains import Mains, sense
from coldchain_device.power.protocol import Power

_log = structlog.get_logger()


class MainsWatch:
    """One thread only. `on_change` is called when the mains went, or are back; not for what is found at the start."""

    def __init__(self, power: Power, *, clock: DeviceClock, on_change: Callable[[], None]) -> None:
        self._power, self._clock, self._on_change = power, clock, on_change
        self._mains = Mains()

    def look(self) -> Mains:
        """Return what counts as sensed now."""
        before = self._mains
        self._mains = sense(before, self._power.read().mains, now_ms=self._clock.stamp().uptime_ms)
        if self._mains.on is not before.on and before.on is not None:
            _log.warning("the mains are gone") if self._mains.on is False else _log.info("the mains are back")
            self._on_change()
        return self._mains
