"""What the box shows and senses: lights, buzzer, button, mains, battery, systemd."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.console import ConsoleOutput
from coldchain_device.alarm.curfew import Hour
from coldchain_device.alarm.fitting import open_button, open_outputs
from coldchain_device.alarm.gpio import GpioButton, GpioOutput
from coldchain_device.alarm.presses import Press
from coldchain_device.alarm.scene import Scene, Shown
from coldchain_device.errors import BadOutput
from coldchain_device.health import Throttling, boot_reason, soc_celsius
from coldchain_device.power import PowerState, open_power
from coldchain_device.settings import OutputSettings, PowerSettings, VoiceSettings
from coldchain_judgement.light import Light
from servers.process import eventually

GREEN, AMBER, RED, BUZZER, BUTTON = 5, 6, 13, 19, 26
PINS = OutputSettings(console=False, green_pin=GREEN, amber_pin=AMBER, red_pin=RED, buzzer_pin=BUZZER)
WITH_BUTTON = OutputSettings(button_pin=BUTTON, button_hold_s=0.05)
COOLER, TANK = UnitId("cooler-1"), UnitId("tank-1")
DAY, CURFEW = Hour(local=None, quiet=False), Hour(local=None, quiet=True)


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """gpiozero's own stand-in for the Pi's pins."""
    factory = MockFactory()
    Device.pin_factory = factory
    yield factory
    factory.close()
    Device.pin_factory = None


@pytest.fixture
def output(pins: MockFactory) -> Iterator[GpioOutput]:
    opened = GpioOutput(PINS)
    yield opened
    opened.close()


def state(pins: MockFactory, *numbers: int) -> list[bool]:
    return [bool(pins.pin(number).state) for number in numbers]


def shown(light: Light, *, heard: bool = False) -> Shown:
    return Shown(label="Cooler", light=light, heard=heard, shouts=light is Light.RED and not heard)


def scene(*units: Shown, hour: Hour = DAY) -> Scene:
    return Scene(units=dict(zip((COOLER, TANK), units, strict=False)), hour=hour)


def sounds(output: GpioOutput) -> bool:
    assert output._buzzer is not None
    return bool(output._buzzer.is_active) or output._buzzer._blink_thread is not None


def test_a_cold_unit_is_steady_green_and_quiet(pins: MockFactory, output: GpioOutput) -> None:
    output.show(scene(shown(Light.GREEN)))
    assert state(pins, GREEN, AMBER, RED, BUZZER) == [True, False, False, False]


def test_the_lights_show_the_worst_unit(pins: MockFactory, output: GpioOutput) -> None:
    output.show(scene(shown(Light.GREEN), shown(Light.RED, heard=True)))
    assert state(pins, GREEN, AMBER, RED) == [False, False, True]
    output.show(scene(shown(Light.AMBER), shown(Light.UNKNOWN)))
    assert state(pins, GREEN, AMBER, RED) == [False, True, False]


@pytest.mark.parametrize("hour", [DAY, CURFEW])
def test_red_sounds_until_it_has_been_heard_and_stays_red(pins: MockFactory, output: GpioOutput, hour: Hour) -> None:
    output.show(scene(shown(Light.RED), hour=hour))
    assert sounds(output)
    output.show(scene(shown(Light.RED, heard=True), hour=hour))
    assert not sounds(output)
    assert state(pins, RED, BUZZER) == [True, False]


def test_a_buzzer_that_is_off_in_the_curfew_leaves_the_light_red(pins: MockFactory) -> None:
    settings = OutputSettings(console=False, red_pin=RED, buzzer_pin=BUZZER, buzzer_in_curfew="off")
    output = GpioOutput(settings)
    output.show(scene(shown(Light.RED), hour=CURFEW))
    assert not sounds(output)
    assert output._lamps[Light.RED].is_active
    output.show(scene(shown(Light.RED), hour=DAY))
    assert sounds(output)
    output.close()


def test_unknown_is_never_shown_green(pins: MockFactory, output: GpioOutput) -> None:
    for units in ((shown(Light.UNKNOWN),), (shown(Light.GREEN), shown(Light.UNKNOWN)), ()):
        output.show(scene(*units))
        assert state(pins, GREEN) == [False]


def test_a_box_that_is_asked_to_show_itself_blinks_and_then_shows_its_state_again(
    pins: MockFactory, output: GpioOutput
) -> None:
    output.show(scene(shown(Light.GREEN)))
    output.identify()
    output.show(scene(shown(Light.GREEN)))
    assert state(pins, GREEN, AMBER, RED) == [True, False, False]


def test_a_short_press_counts_when_the_button_is_let_go(pins: MockFactory) -> None:
    presses: list[Press] = []
    button = open_button(WITH_BUTTON, presses.append)
    pins.pin(BUTTON).drive_low()
    assert presses == []
    pins.pin(BUTTON).drive_high()
    assert presses == [Press.SHORT]
    button.close()


def test_a_long_press_counts_while_the_button_is_down_and_only_once(pins: MockFactory) -> None:
    presses: list[Press] = []
    button = open_button(WITH_BUTTON, presses.append)
    pins.pin(BUTTON).drive_low()
    eventually(lambda: presses == [Press.LONG], what="a long press")
    pins.pin(BUTTON).drive_high()
    assert presses == [Press.LONG]
    button.close()


class Jammed(MockPin):  # type: ignore[misc]
    """A pin that something holds down, whatever pulls at it."""

    def drive_high(self) -> None:
        self.drive_low()


@pytest.mark.parametrize("pin", [MockPin, Jammed])
def test_a_button_that_stays_down_is_stuck_and_no_press(pin: type[MockPin]) -> None:
    Device.pin_factory = MockFactory(pin_class=pin)
    now_s, presses = [0.0], list[Press]()
    button = GpioButton(OutputSettings(button_pin=BUTTON), presses.append, monotonic=lambda: now_s[0])
    Device.pin_factory.pin(BUTTON).drive_low()
    assert not button.stuck()
    now_s[0] = 61
    assert button.stuck()
    MockPin.drive_high(Device.pin_factory.pin(BUTTON))
    assert not button.stuck()
    assert presses == []
    button.close()
    Device.pin_factory.close()
    Device.pin_factory = None


def test_two_things_on_one_pin_are_named(pins: MockFactory) -> None:
    with pytest.raises(BadOutput, match="GPIO5"):
        open_outputs(OutputSettings(green_pin=GREEN, red_pin=GREEN), VoiceSettings())


def test_without_pins_only_the_console_is_driven() -> None:
    (only,) = open_outputs(OutputSettings(), VoiceSettings())
    assert isinstance(only, ConsoleOutput)
    assert open_outputs(OutputSettings(console=False), VoiceSettings()) == ()
    button = open_button(OutputSettings(), lambda _press: None)
    assert not button.stuck()
    button.close()


def test_mains_are_sensed_by_a_pin(pins: MockFactory) -> None:
    power = open_power(PowerSettings(driver="gpio", mains_pin=17))
    assert power.read() == PowerState(mains=False)
    pins.pin(17).drive_high()
    assert power.read() == PowerState(mains=True)
    power.close()


def test_mains_and_battery_are_read_from_the_kernels_tree(tmp_path: Path) -> None:
    power = open_power(PowerSettings(driver="power_supply", folder=tmp_path))
    assert power.read() == PowerState()
    for supply, file, text in (
        ("ac", "type", "Mains"),
        ("ac", "online", "0"),
        ("usb", "type", "USB"),
        ("usb", "online", "0"),
        ("bat", "type", "Battery"),
        ("bat", "capacity", "81"),
        ("bat", "online", "1"),
    ):
        (tmp_path / supply).mkdir(exist_ok=True)
        (tmp_path / supply / file).write_text(f"{text}\n")
    assert power.read() == PowerState(mains=False, battery_percent=81)
    (tmp_path / "usb" / "online").write_text("1\n")
    assert power.read() == PowerState(mains=True, battery_percent=81)
    (tmp_path / "bat" / "capacity").write_text("garbage")
    assert power.read().battery_percent is None


def test_nothing_fitted_senses_nothing() -> None:
    assert open_power(PowerSettings()).read() == PowerState()


@pytest.mark.parametrize(
    ("told", "under"), [("throttled=0x0", False), ("throttled=0x50005", True), ("throttled=0x10000", True), ("?", None)]
)
def test_under_voltage_is_what_the_firmware_says_now_or_since_boot(told: str, under: bool | None) -> None:
    assert Throttling(("echo", told)).under_voltage() is under


def test_what_a_machine_does_not_have_is_left_out(tmp_path: Path) -> None:
    assert Throttling(("no-such-program",)).under_voltage() is None
    assert soc_celsius(tmp_path / "nothing") is None
    assert boot_reason(tmp_path / "nothing") == ""
