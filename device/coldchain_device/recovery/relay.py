"""A relay on a pin: cuts the modem's supply for some seconds."""

import time

from gpiozero import GPIOZeroError, OutputDevice

from coldchain_device.errors import BadOutput
from coldchain_device.recovery.ladder import Action


class Relay:
    """High cuts, so that a pin which nobody drives, as while the Pi boots, leaves the modem on. One thread only."""

    actions = frozenset({Action.POWER})

    def __init__(self, pin: int, *, off_s: float) -> None:
        self._off_s = off_s
        try:
            self._output = OutputDevice(pin, initial_value=False)
        except GPIOZeroError as error:
            raise BadOutput(f"recovery.power_pin {pin}: {error}; check that it exists and is free") from error

    def perform(self, action: Action) -> None:  # noqa: ARG002 - there is only one
        try:
            self._output.on()
            time.sleep(self._off_s)
        finally:
            self._output.off()

    def close(self) -> None:
        self._output.close()
