"""A unit's milk button on a pin of the Pi, by gpiozero: presses counted after each other."""

import threading
import time
from collections.abc import Callable

from gpiozero import Button, GPIOZeroError

from coldchain_device.errors import BadOutput
from coldchain_device.milk import counting
from coldchain_device.milk.counting import PAUSE_S, Counting
from coldchain_device.milk.told import Said

_BOUNCE_S = 0.02


class MilkButton:
    """Calls `on_said` from a thread of its own once it is clear what was said. Raises `BadOutput`."""

    def __init__(
        self,
        pin: int,
        on_said: Callable[[Said], None],
        *,
        hold_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_said, self._monotonic = on_said, monotonic
        self._lock, self._counting = threading.Lock(), Counting()
        self._timer: threading.Timer | None = None
        try:
            self._button = Button(pin, pull_up=True, bounce_time=_BOUNCE_S, hold_time=hold_s)
        except GPIOZeroError as error:
            raise BadOutput(f"milk_pin {pin}: {error}") from error
        if self._button.is_pressed:  # since before this program: no edge will say so
            self._down()
        self._button.when_pressed, self._button.when_released = self._down, self._up
        self._button.when_held = self._held

    def stuck(self) -> bool:
        """Return whether it has been down for longer than anybody would press it."""
        with self._lock:
            return counting.stuck(self._counting, now_s=self._monotonic())

    def close(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
        self._button.close()

    def _down(self) -> None:
        with self._lock:
            self._counting = counting.down(self._counting, now_s=self._monotonic())

    def _held(self) -> None:
        with self._lock:
            self._counting, said = counting.held(self._counting)
        self._done(said)

    def _up(self) -> None:
        with self._lock:
            self._counting = counting.up(self._counting, now_s=self._monotonic())
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(PAUSE_S, self._count)
            self._timer.daemon = True
            self._timer.start()

    def _count(self) -> None:
        with self._lock:
            self._counting, said = counting.counted(self._counting, now_s=self._monotonic())
        self._done(said)

    def _done(self, said: Said | None) -> None:
        if said is not None:
            self._on_said(said)
