"""`check-config`: every mistake of both files at once; without any, what takes effect, secrets masked."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain_app.cli import cli

EXAMPLE = Path(__file__).parents[2] / "deploy" / "fleet.example.toml"


def check(config: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), "check-config", *options])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A settings file with secrets and the example fleet beside it, one contact's channel having a password."""
    fleet = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / "fleet.toml").write_text(
        fleet.replace('channels = ["console:"]', 'channels = ["console:", "mailto://u:dear-secret@example.org"]'),
        encoding="utf-8",
    )
    path = tmp_path / "server.toml"
    path.write_text('[mqtt]\nusername = "coldchain-server"\npassword = "dear-secret"\n')
    return path


def test_good_files_are_printed_as_they_take_effect_with_secrets_masked(config: Path) -> None:
    result = check(config)
    assert result.exit_code == 0, result.output
    assert 'password = "********"' in result.stdout
    assert '"mailto://********"' in result.stdout
    assert "dear-secret" not in result.output
    assert "first_retry_s = 30" in result.stdout  # a default
    assert "[units.menaka-1]" in result.stdout


def test_good_files_can_be_checked_without_a_word(config: Path) -> None:
    result = check(config, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_every_mistake_of_both_files_is_reported_at_once(config: Path) -> None:
    config.write_text('fleet = "fleet.toml"\n[mqtt]\nport = "mqtt"\n[notificatons]\n')
    fleet = config.with_name("fleet.toml")
    fleet.write_text(
        fleet.read_text(encoding="utf-8").replace('unit = "tillia-1"', 'unit = "tilia-1"', 1), encoding="utf-8"
    )
    result = check(config)
    assert result.exit_code == 1
    assert "server.toml: mqtt.port: found 'mqtt'" in result.stderr
    assert "did you mean notifications?" in result.stderr
    assert "fleet.toml: placements[5].unit: found 'tilia-1'" in result.stderr
    assert "did you mean tillia-1?" in result.stderr
    assert result.stderr.endswith("3 mistakes\n")
    assert result.stdout == ""


def test_a_fleet_file_that_is_not_there_is_a_mistake(config: Path) -> None:
    config.write_text('fleet = "elsewhere.toml"\n')
    result = check(config)
    assert result.exit_code == 1
    assert "elsewhere.toml: the file: found No such file or directory" in result.stderr


def test_settings_that_are_not_there_or_no_toml_are_one_mistake(config: Path) -> None:
    assert check(config.with_name("nowhere.toml")).stderr.endswith("1 mistake\n")
    config.write_text("[mqtt")
    assert check(config).stderr.endswith("1 mistake\n")


def test_a_way_to_people_that_the_settings_know_nothing_of_is_a_mistake_of_theirs(config: Path) -> None:
    fleet = config.with_name("fleet.toml")
    told = 'channels = ["gammu:+22370000001", "twilio-sms:+22370000001", "twilio-call:+22370000001"]'
    text = fleet.read_text(encoding="utf-8")
    fleet.write_text(
        text.replace('channels = ["console:", "mailto://u:dear-secret@example.org"]', told), encoding="utf-8"
    )
    account = (
        f'[notifications.twilio]\naccount_sid = "AC{"0" * 32}"\nauth_token = "dear-secret"\ncaller = "+22320000001"\n'
    )
    config.write_text(account)
    result = check(config)
    assert result.exit_code == 1
    assert [line.split(": ")[1] for line in result.stderr.splitlines()[:-1]] == [
        "notifications.modem",
        "notifications.twilio.sender",
        "notifications.public_url",
    ]
    assert "is told by gammu" in result.stderr
    assert "70000001" not in result.stderr
    assert result.stdout == ""
