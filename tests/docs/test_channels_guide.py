"""The guide to channels: its examples are read without a mistake, and it says what the code does."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

from coldchain_app.settings import ServerSettings
from coldchain_contract.settings import read_settings
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_server.answers.keys import KEYS, REPEAT
from coldchain_server.answers.told import TOGETHER_S
from coldchain_server.fleet.addresses import fault_of
from coldchain_server.fleet.phones import PHONE_KINDS
from coldchain_server.gateways import hooks
from coldchain_server.modem.stage import _ASK_EVERY_S
from coldchain_server.notifications.channels import ONCE, section_of
from coldchain_server.notifications.channels.apprise import _FOR_GOOD
from coldchain_server.notifications.channels.twilio import _RINGS_S
from coldchain_server.notifications.health import DEAD_AFTER_FAILURES, DEAD_AFTER_S
from invented.world import empty_world
from servers.gammu import SETTINGS

_GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "channels.md").read_text(encoding="utf-8")
_WORDS = " ".join(_GUIDE.split())
_EXAMPLES = re.findall(r"```toml\n(.*?)```", _GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("example", [one for one in _EXAMPLES if "contacts" not in one])
def test_every_example_of_settings_is_read_without_a_mistake(example: str) -> None:
    read_settings(tomllib.loads(example), ServerSettings, file="server.toml", read_file=lambda _: "secret\n")


def test_the_example_of_a_contact_has_addresses_that_are_some() -> None:
    (example,) = (tomllib.loads(one) for one in _EXAMPLES if "contacts" in one)
    assert [fault_of(address) for address in example["contacts"]["aminata"]["channels"]] == [None, None]


@pytest.mark.parametrize("kind", sorted(PHONE_KINDS))
def test_every_kind_is_in_the_table_with_what_it_needs_and_whether_it_delivers_once(kind: str) -> None:
    (row,) = (line.split(" | ") for line in _GUIDE.splitlines() if line.startswith(f"| `{kind}:+NUMBER` |"))
    assert f"`[notifications.{section_of(kind)}]`" in row[2] or row[2].startswith("the same")
    assert row[3] == ("yes" if kind in ONCE else "no")


def test_every_key_is_in_the_table() -> None:
    for key in (*KEYS, REPEAT):
        assert f"| `{key}`" in _GUIDE


def test_the_modem_s_settings_in_the_guide_are_those_of_the_tests_where_they_matter() -> None:
    (example,) = re.findall(r"```ini\n(.*?)```", _GUIDE, flags=re.DOTALL)
    shown, tested = ConfigParser(), ConfigParser()
    shown.read_string(example)
    tested.read_string(SETTINGS)
    for key in ("service", "checksecurity", "deliveryreport", "inboxformat"):
        assert shown["smsd"][key] == tested["smsd"][key]
    for key in ("inboxpath", "outboxpath", "sentsmspath", "errorsmspath"):
        assert Path(shown["smsd"][key]).name == Path(tested["smsd"][key]).name
        assert shown["smsd"][key].endswith("/")


def test_every_address_for_a_dashboard_is_one_of_the_pages(tmp_path: Path) -> None:
    world = empty_world(tmp_path)
    pages = create_pages(queries=world.queries, actions=world.actions, settings=WebSettings(), clock=world.clock)
    known = {rule.rule for rule in pages.url_map.iter_rules()}
    shown = set(re.findall(r"https://milk\.example\.org(/hooks/[a-z/]+)", _GUIDE))
    assert shown == {hooks.SMS, hooks.SMS_REPORT, hooks.CALLS}
    assert {*shown, hooks.CALL_REPORT} <= known
    world.close()


def test_the_spans_and_numbers_in_the_guide_are_those_of_the_code() -> None:
    assert f"rings for {_RINGS_S} seconds" in _WORDS
    assert (TOGETHER_S, DEAD_AFTER_S, DEAD_AFTER_FAILURES, _ASK_EVERY_S) == (600, 600, 3, 60)
    assert "what was told within ten minutes of that" in _WORDS
    assert "after ten minutes and three failures in a row" in _WORDS
    assert "asked once a minute" in _WORDS
    assert f"An answer of {', '.join(map(str, sorted(_FOR_GOOD)[:-1]))} or {max(_FOR_GOOD)} is taken for good" in _WORDS
