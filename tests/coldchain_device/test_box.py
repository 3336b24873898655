"""What the box shows and senses: lights, buzzer, button, mains, battery, systemd."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import LocalAlarm
from coldchain_contract.readings import Quality
from coldchain_device.alarm.box import BoxAlarm
from coldchain_device.alarm.console import ConsoleOutput
from coldchain_device.alarm.fitting import open_button, open_outputs
from coldchain_device.alarm.gpio import GpioOutput
from coldchain_device.alarm.outputs import Output, Shown
from coldchain_device.clock import GivenClock, Stamp
from coldchain_device.errors import BadOutput
from coldchain_device.health import Throttling, boot_reason, soc_celsius
from coldchain_device.outbox import Sample
from coldchain_device.plan import plan_of
from coldchain_device.power import PowerState, open_power
from coldchain_device.sampling import Round
from coldchain_device.settings import DeviceSettings, OutputSettings, PlacementSettings, PowerSettings, UnitSettings
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Side

GREEN, AMBER, RED, BUZZER, BUTTON = 5, 6, 13, 19, 26
PINS = OutputSettings(console=False, green_pin=GREEN, amber_pin=AMBER, red_pin=RED, buzzer_pin=BUZZER)
MILK = urn_of_kernel_name("28-000000000001")
COOLER, TANK = UnitId("cooler-1"), UnitId("tank-1")


def above(celsius: float, minutes: int, level: Level) -> Limit:
    return Limit(
        name=f"{level.value} above {celsius}",
        side=Side.ABOVE,
        celsius=celsius,
        inclusive=False,
        for_s=minutes * 60,
        clear_celsius=celsius - 0.5,
        clear_for_s=600,
        level=level,
        source="a test",
    )


LIMITS = (above(8.0, 60, Level.WARNING), above(8.0, 120, Level.CRITICAL), above(10.0, 30, Level.CRITICAL))


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """gpiozero's own stand-in for the Pi's pins."""
    factory = MockFactory()
    Device.pin_factory = factory
    yield factory
    factory.close()
    Device.pin_factory = None


def state(pins: MockFactory, *numbers: int) -> list[bool]:
    return [bool(pins.pin(number).state) for number in numbers]


def shown(light: Light, *, heard: bool = False) -> Shown:
    return Shown(label="Cooler", light=light, heard=heard)


def test_a_cold_unit_is_steady_green_and_quiet(pins: MockFactory) -> None:
    output = GpioOutput(PINS)
    output.show({COOLER: shown(Light.GREEN)})
    assert state(pins, GREEN, AMBER, RED, BUZZER) == [True, False, False, False]
    output.close()


def test_the_lights_show_the_worst_unit(pins: MockFactory) -> None:
    output = GpioOutput(PINS)
    output.show({COOLER: shown(Light.GREEN), TANK: shown(Light.RED, heard=True)})
    assert state(pins, GREEN, AMBER, RED) == [False, False, True]
    output.show({COOLER: shown(Light.AMBER), TANK: shown(Light.UNKNOWN)})
    assert state(pins, GREEN, AMBER, RED) == [False, True, False]
    output.close()


def test_red_sounds_until_it_has_been_heard_and_stays_red(pins: MockFactory) -> None:
    output = GpioOutput(PINS)
    output.show({COOLER: shown(Light.RED)})
    assert output._buzzer is not None
    assert output._buzzer.is_active
    output.show({COOLER: shown(Light.RED, heard=True)})
    assert state(pins, RED, BUZZER) == [True, False]
    output.close()


def test_unknown_is_never_shown_green(pins: MockFactory) -> None:
    output = GpioOutput(PINS)
    for units in ({COOLER: shown(Light.UNKNOWN)}, {COOLER: shown(Light.GREEN), TANK: shown(Light.UNKNOWN)}, {}):
        output.show(units)
        assert state(pins, GREEN) == [False]
    output.close()


def test_a_box_that_is_asked_to_show_itself_blinks_and_then_shows_its_state_again(pins: MockFactory) -> None:
    output = GpioOutput(PINS)
    output.show({COOLER: shown(Light.GREEN)})
    output.identify()
    output.show({COOLER: shown(Light.GREEN)})
    assert state(pins, GREEN, AMBER, RED) == [True, False, False]
    output.close()


def test_the_button_is_heard(pins: MockFactory) -> None:
    presses: list[int] = []
    button = open_button(OutputSettings(button_pin=BUTTON), lambda: presses.append(1))
    pins.pin(BUTTON).drive_low()
    assert presses == [1]
    button.close()


def test_two_things_on_one_pin_are_named(pins: MockFactory) -> None:
    with pytest.raises(BadOutput, match="GPIO5"):
        open_outputs(OutputSettings(green_pin=GREEN, red_pin=GREEN))


def test_without_pins_only_the_console_is_driven() -> None:
    (only,) = open_outputs(OutputSettings())
    assert isinstance(only, ConsoleOutput)
    assert open_outputs(OutputSettings(console=False)) == ()
    open_button(OutputSettings(), lambda: None).close()


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


class Broken:
    """An output whose lamp is torn off."""

    def show(self, units: Mapping[UnitId, Shown]) -> None:
        raise OSError(f"torn off, with {units} to show")

    def identify(self) -> None:
        raise OSError("torn off")

    def close(self) -> None:
        raise OSError("torn off")


class Remembering:
    def __init__(self) -> None:
        self.seen: list[Light] = []
        self.heard = False

    def show(self, units: Mapping[UnitId, Shown]) -> None:
        self.seen.append(units[COOLER].light)
        self.heard = units[COOLER].heard

    def identify(self) -> None:
        return

    def close(self) -> None:
        return


class Cooler:
    """A box with one milk probe, its rounds given by hand, minute by minute."""

    def __init__(self, *outputs: Output, judged_by: UnitSettings | None = None) -> None:
        self.told: list[LocalAlarm] = []
        self.clock = SetClock(0)
        self.box = BoxAlarm(clock=GivenClock(self.clock), outputs=outputs, tell=self.told.append)
        settings = DeviceSettings(
            site=SiteId("menaka"),
            device=DeviceId("pi-1"),
            placements=(PlacementSettings(probe=MILK, unit=COOLER),),
            units={COOLER: judged_by or UnitSettings(limits=LIMITS)},
        )
        self.plan = plan_of(settings, None)
        self.box.begin(self.plan)

    def minutes(self, celsius: float, count: int) -> Light:
        for _ in range(count):
            at_ms = self.clock.now_ms()
            stamp = Stamp(boot_id="b", uptime_ms=at_ms, wall_ms=at_ms, trusted=True)
            sample = Sample(probe=MILK, value=celsius, quality=Quality.OK, stamp=stamp)
            self.box.judge(Round(samples=(sample,), newly_faulty=frozenset()), self.plan)
            self.clock.set(at_ms + 60_000)
        return self.box.light(COOLER)


def test_a_broken_lamp_does_not_silence_the_others() -> None:
    remembering = Remembering()
    cooler = Cooler(Broken(), remembering)
    cooler.minutes(4.0, 1)
    cooler.box.identify()
    cooler.box.close()
    assert remembering.seen == [Light.UNKNOWN, Light.GREEN]
    assert [alarm.change for alarm in cooler.told] == ["unknown", "cleared"]


def test_what_was_heard_stays_heard_until_it_gets_worse() -> None:
    remembering = Remembering()
    cooler = Cooler(remembering)
    cooler.minutes(4.0, 1)
    assert cooler.minutes(8.5, 62) is Light.AMBER
    cooler.box.heard()
    assert remembering.heard
    assert cooler.minutes(8.5, 61) is Light.RED
    assert not remembering.heard
    cooler.box.heard()
    assert cooler.minutes(8.5, 10) is Light.RED
    assert remembering.heard
    assert cooler.minutes(4.0, 11) is Light.GREEN
    assert cooler.minutes(8.5, 62) is Light.AMBER
    assert not remembering.heard


def test_what_was_heard_stays_heard_while_it_gets_better() -> None:
    remembering = Remembering()
    cooler = Cooler(remembering)
    cooler.minutes(4.0, 1)
    assert cooler.minutes(8.5, 62) is Light.AMBER
    assert cooler.minutes(10.5, 31) is Light.RED
    cooler.box.heard()
    assert cooler.minutes(9.0, 11) is Light.AMBER
    assert remembering.heard


def test_a_unit_nobody_gave_limits_is_never_green() -> None:
    assert Cooler(judged_by=UnitSettings()).minutes(4.0, 5) is Light.UNKNOWN


def test_a_unit_with_a_profile_without_limits_is_green_while_it_is_heard_of() -> None:
    assert Cooler(judged_by=UnitSettings(profile="hot-pasteuriser")).minutes(70.0, 5) is Light.GREEN
