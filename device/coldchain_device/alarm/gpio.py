"""Lights, buzzer and button on the Pi's pins, by gpiozero."""

import threading
import time
from collections.abc import Callable

from gpiozero import LED, Button, Buzzer, GPIOZeroError

from coldchain_device.alarm import presses
from coldchain_device.alarm.outputs import Still
from coldchain_device.alarm.presses import Press, Presses
from coldchain_device.alarm.scene import Aloud, Scene
from coldchain_device.errors import BadOutput
from coldchain_device.settings import OutputSettings
from coldchain_judgement.light import Light

_SLOW_S, _FAST_S = 1.0, 0.25
_CHIRP_S, _BETWEEN_CHIRPS_S = 0.05, 30.0
"""A buzzer has no volume: in a curfew it is heard in the room, twice a minute, and not in the street."""
_IDENTIFY_BLINKS = 20
_COUNTS = {Aloud.JUST_MILKED: (1, 0.3), Aloud.THIS_MORNING: (2, 0.3), Aloud.OLDER: (3, 0.3), Aloud.EMPTIED: (1, 2.0)}
"""How often the milk button is counted back, and how long each time lasts: a long press by a long one."""
_BETWEEN_COUNTS_S = 0.3
_BOUNCE_S = 0.05


class GpioOutput(Still):
    """One set of lights for the whole box: it shows its worst unit.

    Steady green, amber or red; red blinks fast and the buzzer sounds until somebody has answered; unknown blinks
    slowly, amber where there is an amber light. A curfew makes the buzzer quiet and changes no light. What a milk
    button said is counted back by all lights, and outside a curfew by the buzzer.
    """

    def __init__(self, settings: OutputSettings) -> None:
        self._lamps: dict[Light, LED] = {}
        self._buzzer: Buzzer | None = None
        self._chirps = settings.buzzer_in_curfew == "chirp"
        self._lock = threading.RLock()
        self._scene: Scene | None = None
        self._counted: threading.Timer | None = None
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

    def show(self, scene: Scene) -> None:
        with self._lock:
            self._scene = scene
            self._stop_counting()
            self._show(scene)

    def say(self, aloud: Aloud, scene: Scene) -> None:
        times, for_s = _COUNTS.get(aloud, (0, 0.0))
        if times:
            self._for_a_while(times, on_s=for_s, off_s=_BETWEEN_COUNTS_S, loud=not scene.hour.quiet)

    def identify(self) -> None:
        self._for_a_while(_IDENTIFY_BLINKS, on_s=_FAST_S, off_s=_FAST_S, loud=False)

    def close(self) -> None:
        with self._lock:
            self._stop_counting()
        for part in (*self._lamps.values(), self._buzzer):
            if part is not None:
                part.close()

    def _for_a_while(self, times: int, *, on_s: float, off_s: float, loud: bool) -> None:
        """Have all lights blink together, and then show how things stand again."""
        with self._lock:
            self._stop_counting()
            for lamp in self._lamps.values():
                lamp.blink(on_time=on_s, off_time=off_s, n=times)
            if self._buzzer is not None and loud:
                self._buzzer.beep(on_time=on_s, off_time=off_s, n=times)
            self._counted = threading.Timer(times * (on_s + off_s), self._show_again)
            self._counted.daemon = True
            self._counted.start()

    def _stop_counting(self) -> None:
        if self._counted is not None:
            self._counted.cancel()
            self._counted = None

    def _show_again(self) -> None:
        with self._lock:
            if self._counted is not None and self._scene is not None:
                self._show(self._scene)
            self._counted = None

    def _show(self, scene: Scene) -> None:
        for lamp in self._lamps.values():
            lamp.off()
        self._light(scene.worst, shouts=scene.shouts)
        if self._buzzer is not None:
            self._sound(self._buzzer, scene)

    def _light(self, worst: Light, *, shouts: bool) -> None:
        lamp = self._lamps.get(worst)
        if worst is Light.UNKNOWN:
            lamp = self._lamps.get(Light.AMBER) or self._lamps.get(Light.RED)
            if lamp is not None:
                lamp.blink(on_time=_SLOW_S, off_time=_SLOW_S)
        elif lamp is not None and shouts:
            lamp.blink(on_time=_FAST_S, off_time=_FAST_S)
        elif lamp is not None:
            lamp.on()

    def _sound(self, buzzer: Buzzer, scene: Scene) -> None:
        if not scene.shouts or (scene.hour.quiet and not self._chirps):
            buzzer.off()
        elif scene.hour.quiet:
            buzzer.beep(on_time=_CHIRP_S, off_time=_BETWEEN_CHIRPS_S)
        else:
            buzzer.beep(on_time=_FAST_S, off_time=_SLOW_S)


class GpioButton:
    """The one button: calls `on_press` from a thread of gpiozero's."""

    def __init__(
        self,
        settings: OutputSettings,
        on_press: Callable[[Press], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_press, self._monotonic = on_press, monotonic
        self._lock, self._presses = threading.Lock(), Presses()
        try:
            self._button = Button(
                settings.button_pin, pull_up=True, bounce_time=_BOUNCE_S, hold_time=settings.button_hold_s
            )
        except GPIOZeroError as error:
            raise BadOutput(f"outputs.button_pin {settings.button_pin}: {error}") from error
        if self._button.is_pressed:  # since before this program: no edge will say so
            self._down()
        self._button.when_pressed, self._button.when_released = self._down, self._up
        self._button.when_held = self._held

    def stuck(self) -> bool:
        """Return whether it has been down for longer than anybody would press it."""
        with self._lock:
            return presses.stuck(self._presses, now_s=self._monotonic())

    def close(self) -> None:
        self._button.close()

    def _down(self) -> None:
        with self._lock:
            self._presses = presses.down(self._presses, now_s=self._monotonic())

    def _held(self) -> None:
        with self._lock:
            self._presses, press = presses.held(self._presses)
        self._done(press)

    def _up(self) -> None:
        with self._lock:
            self._presses, press = presses.up(self._presses, now_s=self._monotonic())
        self._done(press)

    def _done(self, press: Press | None) -> None:
        if press is not None:
            self._on_press(press)
