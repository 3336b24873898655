"""The server guide knows every setting, part and command, and the examples we ship are read without a mistake."""

import tomllib
from pathlib import Path

import pytest

from coldchain_app.cli import cli
from coldchain_app.server import PARTS
from coldchain_app.settings import ServerSettings, read_server_settings
from coldchain_contract.settings import Setting, describe

_ROOT = Path(__file__).parents[2]
_GUIDE = (_ROOT / "docs" / "guides" / "server.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", describe(ServerSettings), ids=lambda setting: setting.key)
def test_the_guide_says_what_a_setting_is_and_its_default(setting: Setting) -> None:
    rows = [line for line in _GUIDE.splitlines() if line.startswith(f"| `{setting.key}` |")]
    assert len(rows) == 1
    assert setting.description in rows[0]
    assert f"`{setting.default}`" in rows[0] or not setting.default


@pytest.mark.parametrize("name", [*cli.commands, *PARTS])
def test_the_guide_names_every_command_and_part(name: str) -> None:
    assert name in _GUIDE


def test_the_example_settings_are_read_without_a_mistake(tmp_path: Path) -> None:
    example = (_ROOT / "deploy" / "server.example.toml").read_text(encoding="utf-8")
    (tmp_path / "broker-admin-password").write_text("secret\n")
    settings = tmp_path / "server.toml"
    settings.write_text(example)
    assert read_server_settings(settings).store.url == tomllib.loads(example)["store"]["url"]
