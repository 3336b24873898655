"""Mains sensed by one pin: high while there is mains."""

from gpiozero import DigitalInputDevice, GPIOZeroError

from coldchain_device.errors import BadOutput
from coldchain_device.power.protocol import PowerState


class MainsPin:
    """A pin behind an optocoupler or a divider; pulled down, so that a broken wire reads as no mains."""

    def __init__(self, pin: int) -> None:
        try:
            self._input = DigitalInputDevice(pin, pull_up=False)
        except GPIOZeroError as error:
            raise BadOutput(f"power.mains_pin {pin}: {error}") from error

    def read(self) -> PowerState:
        return PowerState(mains=bool(self._input.is_active))

    def close(self) -> None:
        self._input.close()
