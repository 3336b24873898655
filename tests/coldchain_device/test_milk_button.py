"""The milk button: what its presses say, and that whoever presses sees what was understood."""

from collections.abc import Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import UnitId
from coldchain_contract.settings import BadSettings, read_settings
from coldchain_device.alarm.curfew import Hour
from coldchain_device.alarm.fitting import open_milk_button
from coldchain_device.alarm.gpio import GpioOutput
from coldchain_device.alarm.scene import Aloud, Scene, Shown
from coldchain_device.milk import counting
from coldchain_device.milk.counting import PAUSE_S, STUCK_S, Counting
from coldchain_device.milk.told import Said
from coldchain_device.settings import DeviceSettings, OutputSettings
from coldchain_judgement.light import Light
from servers.process import eventually

BUTTON, GREEN, RED, BUZZER = 21, 5, 13, 19
COOLER = UnitId("cooler-1")


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """gpiozero's own stand-in for the Pi's pins."""
    factory = MockFactory()
    Device.pin_factory = factory
    yield factory
    factory.close()
    Device.pin_factory = None


def pressed(times: int, *, each_s: float = 0.15) -> Counting:
    """Press so often, let go each time, a moment apart."""
    state = Counting()
    for turn in range(times):
        state = counting.down(state, now_s=2 * turn * each_s)
        state = counting.up(state, now_s=(2 * turn + 1) * each_s)
    return state


@pytest.mark.parametrize(
    ("times", "said"),
    [(1, Said.JUST_MILKED), (2, Said.THIS_MORNING), (3, Said.OLDER), (4, Said.OLDER), (9, Said.OLDER)],
)
def test_short_presses_are_counted_once_no_more_are_coming(times: int, said: Said) -> None:
    state = pressed(times)
    assert counting.counted(state, now_s=state.up_s + PAUSE_S / 2)[1] is None
    after, counted = counting.counted(state, now_s=state.up_s + PAUSE_S)
    assert counted is said
    assert counting.counted(after, now_s=state.up_s + 9)[1] is None


def test_a_long_press_says_that_the_unit_is_empty_and_letting_go_says_nothing_more() -> None:
    state, said = counting.held(counting.down(Counting(), now_s=0.0))
    assert said is Said.EMPTIED
    assert counting.held(state)[1] is None
    assert counting.counted(counting.up(state, now_s=5.0), now_s=99.0)[1] is None


def test_a_long_press_after_short_ones_says_nothing_because_nobody_knows_what_was_meant() -> None:
    state, said = counting.held(counting.down(pressed(1), now_s=0.5))
    assert said is None
    assert counting.counted(counting.up(state, now_s=4.0), now_s=99.0)[1] is None


def test_a_jammed_button_says_nothing_and_is_found_out() -> None:
    state = counting.down(Counting(), now_s=0.0)
    assert counting.stuck(state, now_s=STUCK_S)
    assert counting.counted(counting.up(state, now_s=STUCK_S), now_s=999.0)[1] is None


@given(st.integers(1, 6), st.floats(0.06, 0.6), st.lists(st.floats(0.0, 0.049), max_size=4))
def test_contacts_that_bounce_never_make_milk_fresher_than_was_said(
    times: int, each_s: float, bounces: list[float]
) -> None:
    state = pressed(times, each_s=each_s)
    for bounce_s in bounces:
        state = counting.up(counting.down(state, now_s=state.up_s + bounce_s), now_s=state.up_s + bounce_s)
    assert state.presses == times


def test_the_driver_counts_presses_on_its_pin(pins: MockFactory) -> None:
    said: list[Said] = []
    button = open_milk_button(BUTTON, said.append, hold_s=9.0)
    pin = pins.pin(BUTTON)
    for _ in range(2):
        pin.drive_low()
        eventually(lambda: button._counting.down_s is not None, what="down")  # type: ignore[attr-defined]
        pin.drive_high()
        before = button._counting.up_s  # type: ignore[attr-defined]
        eventually(lambda since=before: button._monotonic() - since > 0.06, what="no bounce")  # type: ignore[attr-defined,misc]
    eventually(lambda: said == [Said.THIS_MORNING], what="two presses are counted")
    button.close()


def test_the_driver_takes_a_long_press(pins: MockFactory) -> None:
    said: list[Said] = []
    button = open_milk_button(BUTTON, said.append, hold_s=0.05)
    pins.pin(BUTTON).drive_low()
    eventually(lambda: said == [Said.EMPTIED], what="a long press is taken while it is held")
    pins.pin(BUTTON).drive_high()
    assert not button.stuck()
    button.close()


def test_lights_count_back_what_was_said_and_then_show_how_things_stand_again(pins: MockFactory) -> None:
    output = GpioOutput(OutputSettings(console=False, green_pin=GREEN, red_pin=RED, buzzer_pin=BUZZER))
    day = Scene(units={COOLER: Shown(label="Cooler", light=Light.GREEN)}, hour=Hour(local=None, quiet=False))
    output.show(day)
    output.say(Aloud.JUST_MILKED, day)
    eventually(lambda: pins.pin(RED).state, what="all lights count")
    assert pins.pin(BUZZER).state
    eventually(lambda: not pins.pin(RED).state and pins.pin(GREEN).state, what="green again")
    eventually(lambda: output._counted is None and pins.pin(GREEN).state, what="and steady")
    assert not pins.pin(BUZZER).state
    output.close()


def test_nothing_is_counted_aloud_in_a_curfew_and_nothing_else_is_counted(pins: MockFactory) -> None:
    output = GpioOutput(OutputSettings(console=False, green_pin=GREEN, buzzer_pin=BUZZER))
    night = Scene(units={COOLER: Shown(label="Cooler", light=Light.GREEN)}, hour=Hour(local=None, quiet=True))
    output.show(night)
    output.say(Aloud.EMPTIED, night)
    assert not pins.pin(BUZZER).state
    assert output._counted is not None
    output.show(night)
    output.say(Aloud.STATE, night)
    assert output._counted is None
    output.close()


def test_a_pin_that_is_named_twice_is_a_mistake() -> None:
    said = {
        "site": "menaka",
        "device": "menaka-pi",
        "units": {"cooler-1": {"profile": "daily", "milk_pin": 21}, "cooler-2": {"milk_pin": 26}},
        "outputs": {"button_pin": 26},
    }
    with pytest.raises(BadSettings, match="each pin named once, not GPIO 26 twice"):
        read_settings(said, DeviceSettings, file="device.toml", read_file=lambda _: "")
    said["outputs"] = {"button_pin": 20}
    settings = read_settings(said, DeviceSettings, file="device.toml", read_file=lambda _: "")
    assert settings.fitted() == (
        "button on GPIO 20",
        "milk button of cooler-1 on GPIO 21",
        "milk button of cooler-2 on GPIO 26",
    )
