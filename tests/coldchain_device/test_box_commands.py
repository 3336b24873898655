"""`coldchain-device alarm`, and what the doctor says of lights, button and voice."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import msgspec
import pytest
from click.testing import CliRunner
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_device.commands.cli import cli
from coldchain_device.doctor.finding import Grade
from coldchain_device.doctor.outputs import examine_outputs
from coldchain_device.plan import plan_of
from coldchain_device.settings import (
    CurfewSettings,
    DeviceSettings,
    OutputSettings,
    PlacementSettings,
    UnitSettings,
    VoiceSettings,
)
from coldchain_judgement.clips import clips_for

COOLER = UnitId("cooler-1")
PINS = "[outputs]\ngreen_pin = 5\nred_pin = 13\nbuzzer_pin = 19\nbutton_pin = 26\n"


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    Device.pin_factory = factory
    yield factory
    Device.pin_factory = None


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `aplay` that notes what it is to play; returns the file it does so in."""
    (tmp_path / "bin").mkdir()
    aplay = tmp_path / "bin" / "aplay"
    aplay.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/played\n')
    aplay.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return tmp_path / "played"


def run(folder: Path, more: str, *arguments: str) -> tuple[int, str]:
    toml = folder / "device.toml"
    toml.write_text(
        f'site = "menaka"\ndevice = "pi-1"\ndata_folder = "{folder}/data"\n{more}\n'
        '[[placements]]\nprobe = "urn:dev:ow:283d2c1b0a0000a6"\nunit = "cooler-1"\n'
    )
    result = CliRunner().invoke(cli, ["--config", str(toml), "alarm", *arguments])
    return result.exit_code, result.output


def record(folder: Path, but: str = "") -> None:
    (folder / "voice" / "fr").mkdir(parents=True)
    for clip in clips_for([COOLER]):
        if clip != but:
            (folder / "voice" / "fr" / f"{clip}.wav").write_bytes(b"RIFF")


def test_try_lights_every_light_and_says_that_it_is_only_a_try(
    tmp_path: Path, pins: MockFactory, programs: Path
) -> None:
    record(tmp_path)
    voice = f'{PINS}[voice]\nfolder = "{tmp_path}/voice"\n[curfew]\nstarts = 00:00:00\nends = 00:00:00\n'
    code, said = run(tmp_path, voice, "try", "--pause", "0.05", "--seconds", "1")
    assert code == 0, said
    assert [line for line in said.splitlines() if line.startswith("light")] == [
        "light: green",
        "light: amber",
        "light: unknown",
        "light: red, and the buzzer",
    ]
    assert programs.read_text().splitlines() == [f"-q {tmp_path}/voice/fr/trying.wav"]
    for pin in (5, 13):
        assert True in [moment.state for moment in pins.pin(pin).states]


@pytest.mark.parametrize(("loud", "how"), [((), "as quiet as the curfew"), (("--loud",), "as loud as by day")])
def test_try_is_quiet_where_nobody_knows_the_time_unless_it_is_to_be_loud(
    tmp_path: Path, pins: MockFactory, loud: tuple[str, ...], how: str
) -> None:
    code, said = run(tmp_path, PINS, "try", "--pause", "0", "--seconds", "0", *loud)
    assert (code, how in said) == (0, True), said


def test_try_names_what_does_not_work(tmp_path: Path, programs: Path) -> None:
    code, said = run(tmp_path, f'[voice]\nfolder = "{tmp_path}/voice"', "try", "--pause", "0", "--seconds", "0.5")
    assert code == 1
    assert "WRONG no language has recordings of all of" in said  # the try, or the alarm it was tried with


def test_try_without_anything_fitted_says_where_to_name_it(tmp_path: Path) -> None:
    code, said = run(tmp_path, "", "try")
    assert code == 1
    assert "[outputs]" in said


def test_clips_lists_what_is_wanted_and_what_is_missing(tmp_path: Path) -> None:
    record(tmp_path, but="stay-inside")
    voice = f'[voice]\nfolder = "{tmp_path}/voice"\nlanguages = ["fr", "ttq"]'
    code, said = run(tmp_path, voice, "clips")
    assert code == 1
    assert "unit.cooler-1: fr" in said.splitlines()
    assert "stay-inside: MISSING" in said.splitlines()
    code, said = run(tmp_path, voice, "clips", "--json")
    missing = json.loads(said)
    assert missing["fr"] == ["stay-inside"]
    assert set(missing["ttq"]) == set(clips_for([COOLER]))
    (tmp_path / "voice" / "fr" / "stay-inside.wav").write_bytes(b"RIFF")
    assert run(tmp_path, f'[voice]\nfolder = "{tmp_path}/voice"', "clips")[0] == 0


def test_clips_without_a_voice_says_where_to_name_its_folder(tmp_path: Path) -> None:
    code, said = run(tmp_path, "", "clips")
    assert code == 1
    assert "voice.folder" in said


def test_try_names_the_milk_buttons_and_says_what_they_understood(tmp_path: Path, pins: MockFactory) -> None:
    press = Timer(0.3, lambda: pins.pin(21).drive_low())
    press.start()
    milk = "[units.cooler-1]\nmilk_pin = 21\n[outputs]\nbutton_hold_s = 0.05\n"
    code, said = run(tmp_path, milk, "try", "--pause", "0", "--seconds", "0.6")
    press.join()
    assert code == 0, said
    assert "press the milk button of cooler-1; this ends after 0.6 s" in said
    assert "milk button of cooler-1: emptied" in said


def found(folder: Path, **settings: object) -> dict[str, Grade]:
    given = DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        data_folder=folder,
        placements=(PlacementSettings(probe=urn_of_kernel_name("28-000000000001"), unit=COOLER),),
    )
    given = msgspec.structs.replace(given, **settings)
    return {one.name: one.grade for one in examine_outputs(given, plan_of(given, None))}


def test_the_doctor_says_what_is_fitted_and_what_is_missing(tmp_path: Path, programs: Path) -> None:
    assert found(tmp_path) == {"outputs": Grade.ADVICE}
    assert found(tmp_path, outputs=OutputSettings(red_pin=13)) == {"outputs": Grade.GOOD, "button": Grade.ADVICE}
    fitted = OutputSettings(red_pin=13, button_pin=26)
    assert found(tmp_path, outputs=fitted) == {"outputs": Grade.GOOD}
    milk = {COOLER: UnitSettings(milk_pin=21)}
    assert found(tmp_path, units=milk) == {"outputs": Grade.GOOD, "button": Grade.ADVICE}
    assert found(tmp_path, outputs=fitted, curfew=CurfewSettings(zone="Africa/Bamko"))["curfew"] is Grade.WRONG
    voice = VoiceSettings(folder=tmp_path / "voice")
    assert found(tmp_path, outputs=fitted, voice=voice)["voice"] is Grade.ADVICE
    record(tmp_path)
    assert "voice" not in found(tmp_path, outputs=fitted, voice=voice)


def test_the_doctor_names_a_program_that_the_voice_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    record(tmp_path)
    settings = VoiceSettings(folder=tmp_path / "voice", mixer="PCM")
    assert found(tmp_path, voice=settings)["voice"] is Grade.WRONG
