"""`missed-call`: whoever rings the modem's number has heard what they were told, and is texted what was understood."""

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import select

from coldchain_app.cli import cli
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import HeardRow
from invented.sourced_fleet import AMINATA, PLACES, TEXT

SETTINGS = """
[notifications.modem]
folder = "/var/spool/gammu"

[[notifications.lines]]
number = "+22320000002"
answer = "power-out"
"""


def ring(folder: Path, *arguments: str) -> Result:
    (folder / "fleet.toml").write_text(TEXT + PLACES, encoding="utf-8")
    (folder / "server.toml").write_text(f'data = "{folder}/data"\n{SETTINGS}', encoding="utf-8")
    return CliRunner().invoke(cli, ["--config", str(folder / "server.toml"), "missed-call", *arguments])


def heard(folder: Path) -> list[tuple[str, str, str]]:
    engine = open_ledger(f"sqlite:///{folder}/data/ledger.sqlite")
    with sessions_of(engine)() as session:
        rows = [(row.contact, row.said, row.channel_kind) for row in session.scalars(select(HeardRow))]
    engine.dispose()
    return rows


def test_a_call_from_somebody_known_is_an_answer_and_confirmed_by_the_modem(tmp_path: Path) -> None:
    assert ring(tmp_path, AMINATA).exit_code == 0
    assert heard(tmp_path) == [("aminata", "heard", "gammu")]


def test_the_number_that_was_rung_may_say_more(tmp_path: Path) -> None:
    assert ring(tmp_path, AMINATA, "--line", "+22320000002").exit_code == 0
    assert heard(tmp_path) == [("aminata", "power-out", "gammu")]


def test_a_number_nobody_has_is_ignored(tmp_path: Path) -> None:
    assert ring(tmp_path, "+22399999999").exit_code == 0
    assert heard(tmp_path) == []
