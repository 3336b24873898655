"""Lights, buzzer and button on the Pi's pins, by gpiozero."""

from collections.abc import Callable, Mapping

from gpiozero import LED, Button, Buzzer, GPIOZeroError

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.outputs import Shown
from coldchain_device.errors import BadOutput
from coldchain_device.settings import OutputSettings
from coldchain_judgement.light import Light

_WORST_FIRST = (Light.RED, Light.AMBER, Light.UNKNOWN, Light.GREEN)
_SLOW_S, _FAST_S = 1.0, 0.25
_IDENTIFY_BLINKS = 20


class GpioOutput:
    """One set of lights for the whole box: it shows its worst unit.

    Steady green, amber or red; red blinks fast and the buzzer sounds until somebody has heard it; unknown blinks
    slowly, amber where there is an amber light.
    """

    def __init__(self, settings: OutputSettings) -> None:
        self._lamps: dict[Light, LED] = {}
        self._buzzer: Buzzer | None = None
        pins = {Light.GREEN: settings.green_pin, Light.AMBER: settings.amber_pin, Light.RED: settings.red_pin}
        try:
            for light, pin in pins.items():
                if pin is not None:
                    self._lamps[light] = LED(pin)
            if settings.buzzer_pin is not None:
                self._buzzer = Buzzer(settings.buzzer_pin)
        except GPIOZeroError as error:
            self.close()
            raise BadOutput(f"outputs: {error}; check the pins, and that the user is in the group gpio") from error

    def show(self, units: Mapping[UnitId, Shown]) -> None:
        lights = {shown.light for shown in units.values()}
        worst = next((light for light in _WORST_FIRST if light in lights), Light.UNKNOWN)
        unheard = any(shown.light is Light.RED and not shown.heard for shown in units.values())
        for lamp in self._lamps.values():
            lamp.off()
        self._light(worst, unheard=unheard)
        if self._buzzer is not None:
            if unheard:
                self._buzzer.beep(on_time=_FAST_S, off_time=_SLOW_S)
            else:
                self._buzzer.off()

    def identify(self) -> None:
        for lamp in self._lamps.values():
            lamp.blink(on_time=_FAST_S, off_time=_FAST_S, n=_IDENTIFY_BLINKS)

    def close(self) -> None:
        for part in (*self._lamps.values(), self._buzzer):
            if part is not None:
                part.close()

    def _light(self, worst: Light, *, unheard: bool) -> None:
        lamp = self._lamps.get(worst)
        if worst is Light.UNKNOWN:
            lamp = self._lamps.get(Light.AMBER) or self._lamps.get(Light.RED)
            if lamp is not None:
                lamp.blink(on_time=_SLOW_S, off_time=_SLOW_S)
        elif lamp is not None and unheard:
            lamp.blink(on_time=_FAST_S, off_time=_FAST_S)
        elif lamp is not None:
            lamp.on()


class GpioButton:
    """The one button: pressed, it calls `on_press` from a thread of gpiozero's."""

    def __init__(self, pin: int, on_press: Callable[[], None]) -> None:
        try:
            self._button = Button(pin, pull_up=True, bounce_time=0.05)
        except GPIOZeroError as error:
            raise BadOutput(f"outputs.button_pin {pin}: {error}") from error
        self._button.when_pressed = on_press

    def close(self) -> None:
        self._button.close()
