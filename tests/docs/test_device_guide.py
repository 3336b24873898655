"""The device's guide is held to the code: every setting, command and quality, and an example that loads."""

import re
from pathlib import Path

import pytest

from coldchain_contract.readings import Quality
from coldchain_contract.settings import Setting, describe
from coldchain_device.commands.cli import COMMANDS
from coldchain_device.loading import load_settings
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.limits import Level

_GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "device.md").read_text(encoding="utf-8")
_SERVER_VERDICTS = (Quality.STUCK, Quality.JUMP)


@pytest.mark.parametrize("setting", describe(DeviceSettings), ids=lambda setting: setting.key)
def test_every_setting_is_in_the_guide_as_it_is(setting: Setting) -> None:
    (row,) = [line for line in _GUIDE.splitlines() if line.startswith(f"| `{setting.key}` |")]
    assert setting.allowed in row
    assert setting.description in row
    assert setting.required == ("required" in row)


def test_every_command_is_in_the_guide() -> None:
    assert [name for name in COMMANDS if f"`coldchain-device {name}`" not in _GUIDE] == []


def test_every_quality_a_device_can_name_is_in_the_guide() -> None:
    assert [one for one in Quality if one not in _SERVER_VERDICTS and f"| `{one.value}` |" not in _GUIDE] == []


def test_the_example_is_a_device_toml_that_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _GUIDE, flags=re.DOTALL)
    (tmp_path / "device.toml").write_text(example)
    (tmp_path / "password").write_text("a password\n")
    settings = load_settings(tmp_path / "device.toml")
    assert settings.mqtt.password is not None
    assert settings.outputs.button_pin == 26
    (unit,) = settings.units.values()
    assert unit.judged_by is not None
    assert Level.CRITICAL in {limit.level for limit in unit.judged_by.limits}
