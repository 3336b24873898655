"""`notify-test`: one message by each of a person's channels, and what became of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain_app.cli import cli
from servers.process import free_port
from servers.web_hook import WebHook

FLEET = """
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"

[contacts.moussa]
name = "Moussa"
language = "en"
role = "technician"
sites = ["menaka"]
channels = CHANNELS
"""


@pytest.fixture
def hook() -> Iterator[WebHook]:
    server = WebHook()
    yield server
    server.close()


def notify(folder: Path, contact: str, *channels: str, options: tuple[str, ...] = (), settings: str = "") -> Result:
    (folder / "fleet.toml").write_text(FLEET.replace("CHANNELS", str(list(channels))), encoding="utf-8")
    timeouts = "[notifications]\nconnect_timeout_s = 0.5\nanswer_timeout_s = 0.5\n"
    (folder / "server.toml").write_text(timeouts + settings)
    return CliRunner().invoke(cli, ["--config", str(folder / "server.toml"), "notify-test", contact, *options])


def test_a_person_is_told_in_their_language_by_each_channel(tmp_path: Path, hook: WebHook) -> None:
    result = notify(tmp_path, "moussa", hook.url("one"), hook.url("two"))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["Moussa, channel 0 (json): taken", "Moussa, channel 1 (json): taken"]
    assert hook.texts() == ["Test of coldchain for Moussa: if you can read this, this channel works."] * 2


def test_a_channel_that_fails_is_said_and_stops_no_other(tmp_path: Path, hook: WebHook) -> None:
    result = notify(tmp_path, "moussa", f"json://u:dear-secret@127.0.0.1:{free_port()}/", hook.url("two"))
    assert result.exit_code == 1
    assert "Moussa, channel 0 (json): json: the other side was not reached" in result.stderr
    assert "channel 1 (json): taken" in result.stdout
    assert "dear-secret" not in result.output


def test_an_unknown_contact_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    result = notify(tmp_path, "mousa", "console:")
    assert result.exit_code == 1
    assert "did you mean moussa?" in result.stderr


def test_only_the_ways_that_were_asked_for_are_tried(tmp_path: Path, hook: WebHook) -> None:
    for name in ("inbox", "outbox", "sent", "error"):
        (tmp_path / "modem" / name).mkdir(parents=True)
    channels = ["gammu:+22370000001", hook.url("one"), "twilio-call:+22370000001"]
    settings = f'[notifications.modem]\nfolder = "{tmp_path}/modem"\n'
    result = notify(tmp_path, "moussa", *channels, options=("--sms",), settings=settings)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["Moussa, channel 0 (gammu): in the modem's outbox"]
    assert len(list((tmp_path / "modem" / "outbox").iterdir())) == 1
    assert hook.posts == []
    result = notify(tmp_path, "moussa", *channels, options=("--call", "--json"))
    assert result.exit_code == 1
    (tried,) = json.loads(result.stdout)
    assert (tried["channel"], tried["kind"], tried["delivered"]) == (2, "twilio-call", False)
    assert tried["said"] == "twilio-call: the settings have no [notifications.twilio]"


def test_who_has_no_such_channel_is_named_with_what_to_do(tmp_path: Path) -> None:
    result = notify(tmp_path, "moussa", "console:", options=("--call",))
    assert result.exit_code == 1
    assert "contact 'moussa' has no channel that calls; give them one such as atalk-call:+22370000001" in result.stderr
