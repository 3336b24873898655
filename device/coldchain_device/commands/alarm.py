"""`coldchain-device alarm`: try what the box shows and says, and list what it has to say it with."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import Config
from coldchain_device.alarm.curfew import Hour, hour_of
from coldchain_device.alarm.fitting import ButtonPin, open_button, open_milk_button, open_outputs
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.recordings import Recordings
from coldchain_device.alarm.scene import Aloud, Scene, Shown
from coldchain_device.card import CardFile
from coldchain_device.clock import SystemClock
from coldchain_device.loading import load_settings
from coldchain_device.milk.told import Said
from coldchain_device.plan import Plan, plan_of
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.clips import clips_for
from coldchain_judgement.light import Light

_BOX = UnitId("box")
_LIGHTS = (Light.GREEN, Light.AMBER, Light.UNKNOWN, Light.RED)


@click.group("alarm")
def command() -> None:
    """Try the box's light, buzzer, voice and button."""


@command.command("try")
@click.option("--loud", is_flag=True, help="As loud as by day, also inside the curfew.")
@click.option("--pause", default=2.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds for each light.")
@click.option(
    "--seconds",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0, 600),
    help="How long to heed the button.",
)
@click.pass_obj
def try_(config: Path, *, loud: bool, pause: float, seconds: float) -> None:
    """Light every light in turn, sound the buzzer, speak, and name presses. Exits 1 where nothing is fitted."""
    settings = load_settings(config)
    hour = Hour(local=None, quiet=False) if loud else _hour(settings)
    if not settings.fitted() and settings.voice.folder is None:
        raise click.ClickException("nothing is fitted: name the pins under [outputs], or a folder under [voice]")
    click.echo("as quiet as the curfew wants; --loud is as by day" if hour.quiet else "as loud as by day")
    outputs = open_outputs(settings.outputs, settings.voice)
    try:
        with ExitStack() as pressed:
            for button in _buttons(settings):
                pressed.callback(button.close)
            _try(outputs, hour, pause_s=pause, seconds=seconds, buttons=_named_buttons(settings))
    finally:
        troubles = [what for output in outputs for what in output.troubles().values()]
        for output in outputs:
            output.close()
    for trouble in troubles:
        click.echo(f"WRONG {trouble}")
    if troubles:
        raise SystemExit(1)


@command.command("clips")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: missing clips by language.")
@click.pass_obj
def clips(config: Path, *, as_json: bool) -> None:
    """List the recordings that the voice wants, and which are missing. Exits 1 where any is."""
    settings = load_settings(config)
    if settings.voice.folder is None:
        raise click.ClickException("no voice is configured: name the folder of its recordings as voice.folder")
    wanted = tuple(clips_for(_plan(settings).units))
    lacking = Recordings(settings.voice.folder, settings.voice.languages).lacking(wanted)
    if as_json:
        click.echo(json.dumps(lacking, indent=1))
    else:
        for clip in wanted:
            there = [language for language, missing in lacking.items() if clip not in missing]
            click.echo(f"{clip}: {', '.join(there) or 'MISSING'}")
    if any(lacking.values()):
        raise SystemExit(1)


def _try(outputs: Sequence[Output], hour: Hour, *, pause_s: float, seconds: float, buttons: str) -> None:
    for light in _LIGHTS:
        click.echo(f"light: {light.value}" + (", and the buzzer" if light is Light.RED else ""))
        scene = Scene(units={_BOX: Shown(label="box", light=light, shouts=light is Light.RED)}, hour=hour)
        for output in outputs:
            output.show(scene)
        time.sleep(pause_s)
    for output in outputs:
        output.say(Aloud.TRYING, scene)
    click.echo(f"press {buttons}; this ends after {seconds:g} s" if buttons else "no button is fitted")
    time.sleep(seconds)


def _buttons(settings: DeviceSettings) -> Iterator[ButtonPin]:
    """Open the buttons one after the other; each says what it understood."""
    yield open_button(settings.outputs, lambda press: click.echo(f"button: a {press.value} press"))
    for unit, pin in settings.milk_pins.items():
        yield open_milk_button(pin, partial(_say_milk, unit), hold_s=settings.outputs.button_hold_s)


def _say_milk(unit: UnitId, said: Said) -> None:
    click.echo(f"milk button of {unit}: {said.value}")


def _named_buttons(settings: DeviceSettings) -> str:
    names = ["the button"] if settings.outputs.button_pin is not None else []
    return " and ".join([*names, *(f"the milk button of {unit}" for unit in settings.milk_pins)])


def _plan(settings: DeviceSettings) -> Plan:
    return plan_of(settings, CardFile(settings.data_folder / "config.json", Config).load())


def _hour(settings: DeviceSettings) -> Hour:
    stamp = SystemClock(has_rtc=settings.has_rtc).stamp()
    return hour_of(_plan(settings).curfew, stamp.wall_ms if stamp.trusted else None)
