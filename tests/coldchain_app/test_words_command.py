"""`coldchain-server words`, as a translator, a listener and a technician use it."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.commands import words
from coldchain_app.settings import ServerSettings
from coldchain_judgement.clips import clips_for
from coldchain_server.errors import ServerError
from coldchain_server.ledger.tables import AuditRow
from coldchain_server.notifications.catalogue import FIRST, every_key, written
from coldchain_server.words.carrying import units_of
from coldchain_server.words.lexicons import Lexicons
from coldchain_server.words.sheet_files import read_sheet, write_sheet
from invented.fleet import invented_fleet
from invented.sound import record


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    opened = App(ServerSettings(data=str(tmp_path / "data")), fleet=invented_fleet("Africa/Bamako"))
    yield opened
    opened.close()


def run(app: App, *typed: str | Path) -> Result:
    result = CliRunner().invoke(words.command, list(map(str, typed)), obj=lambda: app)
    if result.exception and not isinstance(result.exception, SystemExit | ServerError | click.ClickException):
        raise result.exception
    return result


def fill(path: Path, *, listeners: tuple[str, str], texts: dict[str, str]) -> None:
    head, *body = read_sheet(path)
    write_sheet(path, [head, *((*row[:5], texts.get(row[0], ""), *listeners) for row in body)])


TAMAJAQ = dict(written(FIRST).texts)


def test_a_language_goes_out_is_filled_in_and_comes_in_once_for_good(app: App, tmp_path: Path) -> None:
    sheet = tmp_path / "ttq.xlsx"
    assert run(app, "export", "ttq", sheet).exit_code == 0
    fill(sheet, listeners=("Fati", "Mina"), texts=TAMAJAQ)
    shown = run(app, "import", "--dry-run", sheet)
    assert "stay-inside: 'Ne sortez pas.'" in shown.stdout
    assert f"ttq: {len(every_key())} texts and {2 * len(every_key())} checks would be taken in." in shown.stdout
    with app.sessions()() as session:
        assert "ttq" not in Lexicons().now(session).languages()
    assert run(app, "import", sheet).exit_code == 0
    with app.sessions()() as session:
        assert "ttq" in Lexicons().now(session).languages()
    assert run(app, "import", sheet).stdout == "ttq: 0 texts and 0 checks taken in.\n"
    with app.sessions()() as session:
        assert [row.action for row in session.scalars(select(AuditRow))] == ["import-words"]


def test_a_text_that_changes_is_shown_beside_the_one_it_replaces_and_is_checked_anew(app: App, tmp_path: Path) -> None:
    sheet = tmp_path / "ttq.csv"
    run(app, "export", "ttq", sheet)
    fill(sheet, listeners=("Fati", "Mina"), texts=TAMAJAQ)
    run(app, "import", sheet)
    write_sheet(sheet, [("key", "ttq"), ("stay-inside", "Restez.")])
    assert "stay-inside: 'Ne sortez pas.' -> 'Restez.'" in run(app, "import", sheet).stdout
    with app.sessions()() as session:
        assert "ttq" not in Lexicons().now(session).languages()
    assert "1 more to go" in run(app, "check", "ttq", "stay-inside", "--listener", "Fati").stdout
    assert "it may be used" in run(app, "check", "ttq", "stay-inside", "--listener", "Mina").stdout
    with app.sessions()() as session:
        assert Lexicons().now(session).catalogue("ttq")["stay-inside"] == "Restez."


def test_a_sheet_with_a_mistake_is_taken_in_not_at_all(app: App, tmp_path: Path) -> None:
    sheet = tmp_path / "ttq.csv"
    write_sheet(sheet, [("key", "ttq"), ("stay-inside", "Restez."), ("wrong.too-warm", "Milk is good")])
    result = run(app, "import", sheet)
    assert result.exit_code == 1
    assert "ttq.csv: row 3, column ttq: says 'good'" in result.stderr
    assert "Nothing was taken in." in result.stderr
    assert json.loads(run(app, "status", "--json").stdout)[7]["texts"] == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("check", "fr", "stay-inside", "--listener", "Fati"), "fr is written with the software"),
        (("check", "ttq", "stay-insid", "--listener", "Fati"), "did you mean stay-inside?"),
        (("check", "ttq", "stay-inside", "--listener", "Fati"), "has no text in ttq yet: import one first"),
        (("check", "ttq", "stay-inside", "--listener", " "), "name the listener"),
        (("check", "ttq", "stay-insid", "--recording", "--listener", "F"), "did you mean stay-inside?"),
        (("check", "ttq", "stay-inside", "--recording", "--listener", "F"), "is not there: record it first"),
        (("voices", "--device", "menaka-p", "x"), "no device 'menaka-p'"),
    ],
)
def test_what_cannot_be_done_says_why(app: App, typed: tuple[str, ...], said: str) -> None:
    result = run(app, *typed)
    assert isinstance(result.exception, ServerError)
    assert said in str(result.exception)


def test_status_says_how_far_every_language_has_come(app: App) -> None:
    lines = run(app, "status").stdout.splitlines()
    assert lines[0].startswith("fr   français")
    assert lines[0].endswith("used for alarms, answers, calls, news, cards")
    assert [line.split()[0] for line in lines] == ["fr", "en", "bm", "ff", "ha", "ses", "dje", "ttq", "dsq", "ar"]
    assert all(line.endswith("used for nothing yet") for line in lines[2:])
    assert "alarms: stay-inside place.unit" in run(app, "status", "--missing").stdout


def test_a_recording_is_listed_with_what_to_say_until_two_have_heard_it(app: App) -> None:
    folder = app.data / "recordings"
    assert "ttq/stay-inside.wav: missing: Ne sortez pas." in run(app, "recordings", "ttq").stdout
    record(folder, "ttq", "stay-inside")
    run(app, "check", "ttq", "stay-inside", "--recording", "--listener", "Fati")
    assert "not checked by two listeners (heard by Fati): Ne sortez pas." in run(app, "recordings", "ttq").stdout
    run(app, "check", "ttq", "stay-inside", "--recording", "--listener", "Mina")
    assert "ttq/stay-inside.wav" not in run(app, "recordings", "ttq").stdout
    assert "ttq/stay-inside.wav: used" in run(app, "recordings", "ttq", "--all").stdout


def test_a_device_is_given_the_checked_recordings_of_its_own_units_and_no_others(app: App, tmp_path: Path) -> None:
    fleet = app.fleet()
    device = next(iter(fleet.devices))
    units = units_of(fleet, device, app.clock.now_ms())
    for clip in (*clips_for(units), "unit.of-another", "call.menu"):
        record(app.data / "recordings", "ttq", clip)
        if clip not in ("unit.of-another", "why.too-cold"):
            for listener in ("Fati", "Mina"):
                run(app, "check", "ttq", clip, "--recording", "--listener", listener)
    result = run(app, "voices", "--device", device, "--language", "ttq", tmp_path / "card")
    assert result.exit_code == 0
    carried = {path.stem for path in (tmp_path / "card" / "ttq").iterdir()}
    assert carried == set(clips_for(units)) - {"why.too-cold"}
    assert result.stderr == "ttq: lacking why.too-cold\n"
