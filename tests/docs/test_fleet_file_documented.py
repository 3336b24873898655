"""The pages on the fleet file and on notifications name every key, kind, state and reason there is."""

from pathlib import Path

import pytest

from coldchain_contract.settings import Setting, describe
from coldchain_server.fleet.file import PLAUSIBLE, FleetFile
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.notifications.rows import State
from coldchain_server.notifications.settings import NotificationSettings

_DOCS = Path(__file__).parents[2] / "docs"
_FLEET = (_DOCS / "guides" / "fleet-file.md").read_text(encoding="utf-8")
_NOTIFICATIONS = (_DOCS / "notifications.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", describe(FleetFile), ids=lambda setting: setting.key)
def test_every_key_is_on_the_page_with_what_it_allows_its_default_and_its_meaning(setting: Setting) -> None:
    default = "required" if setting.required else f"`{setting.default}`" if setting.default else "none"
    key = setting.key.replace("NAME", "ID")
    assert f"| `{key}` | {setting.allowed} | {default} | {setting.description} |" in _FLEET


def test_every_key_on_the_page_is_one() -> None:
    keys = {setting.key.replace("NAME", "ID") for setting in describe(FleetFile)}
    shown = {line.split("`")[1] for line in _FLEET.splitlines() if line.startswith("| `")}
    assert shown == keys


def test_every_built_in_profile_is_on_the_page() -> None:
    assert [name for name in builtin_profiles() if f"`{name}`" not in _FLEET] == []


def test_every_kind_of_unit_says_what_is_plausible_in_it() -> None:
    for lowest, highest in PLAUSIBLE.values():
        assert f"−{abs(lowest):g} to {highest:g} °C" in _FLEET.replace("\n", " ")


def test_every_state_of_a_notification_is_on_the_page() -> None:
    assert [state for state in State if f"| `{state.value}` |" not in _NOTIFICATIONS] == []


def test_the_waits_on_the_page_are_those_of_the_code() -> None:
    defaults = NotificationSettings()
    assert f"after the first failure {defaults.first_retry_s} s" in _NOTIFICATIONS
    assert f"doubling up to {defaults.longest_retry_s // 60} min" in _NOTIFICATIONS
    assert f"after {defaults.critical_expires_s // 3600} h" in _NOTIFICATIONS
    assert f"warning after {defaults.warning_expires_s // 3600} h" in _NOTIFICATIONS.replace("\n", " ")
