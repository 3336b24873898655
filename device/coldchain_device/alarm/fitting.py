"""Which outputs are fitted: from settings to drivers, gpiozero only where a pin is named."""

from collections.abc import Callable
from typing import Protocol

from coldchain_device.alarm.console import ConsoleOutput
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.presses import Press
from coldchain_device.errors import BadOutput
from coldchain_device.milk.told import Said
from coldchain_device.settings import OutputSettings, VoiceSettings


class ButtonPin(Protocol):
    """A button, or something in its place where none is fitted."""

    def stuck(self) -> bool:
        """Return whether it is down for longer than anybody would press it."""
        ...

    def close(self) -> None: ...


class NoButton:
    def stuck(self) -> bool:
        return False

    def close(self) -> None:
        return


def open_outputs(settings: OutputSettings, voice: VoiceSettings) -> tuple[Output, ...]:
    """Return the drivers of what is fitted; `BadOutput` where a pin cannot be had."""
    outputs: list[Output] = [ConsoleOutput()] if settings.console else []
    if any(pin is not None for pin in (settings.green_pin, settings.amber_pin, settings.red_pin, settings.buzzer_pin)):
        _need_gpiozero()
        from coldchain_device.alarm.gpio import GpioOutput  # noqa: PLC0415 - only where a pin is named

        outputs.append(GpioOutput(settings))
    if voice.folder is not None:
        from coldchain_device.alarm.speaking import open_voice  # noqa: PLC0415 - only where one is fitted

        outputs.append(open_voice(voice, voice.folder))
    return tuple(outputs)


def open_button(settings: OutputSettings, on_press: Callable[[Press], None]) -> ButtonPin:
    """Return the button that calls `on_press`, or something in its place."""
    if settings.button_pin is None:
        return NoButton()
    _need_gpiozero()
    from coldchain_device.alarm.gpio import GpioButton  # noqa: PLC0415 - only where a pin is named

    return GpioButton(settings, on_press)


def open_milk_button(pin: int, on_said: Callable[[Said], None], *, hold_s: float) -> ButtonPin:
    """Return a milk button that calls `on_said`."""
    _need_gpiozero()
    from coldchain_device.alarm.milk_button import MilkButton  # noqa: PLC0415 - only where a pin is named

    return MilkButton(pin, on_said, hold_s=hold_s)


def _need_gpiozero() -> None:
    try:
        import gpiozero  # noqa: F401, PLC0415 - the import is what is tried
    except ModuleNotFoundError as missing:
        raise BadOutput("a pin is configured and gpiozero is not installed: pip install 'coldchain[gpio]'") from missing
