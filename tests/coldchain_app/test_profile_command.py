"""`coldchain-server profile`, as a person types it, and a server that goes by what was changed."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.commands import profile
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.ledger.tables import AuditRow
from invented.small_fleet import NOW_MS, fleet

FLEET = msgspec.structs.replace(fleet(), profiles=fleet().profiles | {"daily": builtin_profiles()["daily"]})


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    opened = App(ServerSettings(data=str(tmp_path / "data")), clock=SetClock(NOW_MS), fleet=FLEET)
    yield opened
    opened.close()


def run(app: App, *words: object) -> Result:
    return CliRunner().invoke(profile.command, [str(w) for w in words], obj=lambda: app, catch_exceptions=False)


def shown(app: App, folder: Path, name: str = "daily") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(run(app, "show", name).stdout)
    return file


def warmer(file: Path) -> Path:
    file.write_text(file.read_text().replace("celsius = 8.0", "celsius = 9.0"))
    return file


def celsius(app: App) -> set[float]:
    return {limit.celsius for limit in app.fleet().profiles["daily"].limits}


def reopened(app: App) -> App:
    app.close()
    return app


def test_what_is_shown_can_be_changed_and_counts_where_the_fleet_is_read_again(app: App, tmp_path: Path) -> None:
    told = run(app, "edit", warmer(shown(app, tmp_path)), "--why", "the new law says nine")
    assert told.stdout.startswith("daily is changed, edit 1.")
    assert celsius(reopened(app)) >= {9.0}
    assert 8.0 not in celsius(app)
    with app.sessions()() as session:
        (row,) = session.scalars(select(AuditRow))
        assert (row.action, row.subject, row.detail) == ("edit-profile", "profile daily", "the new law says nine")


def test_every_change_stays_in_the_history_and_can_be_taken_back(app: App, tmp_path: Path) -> None:
    assert run(app, "history", "daily").stdout == "daily was never edited.\n"
    run(app, "edit", warmer(shown(app, tmp_path)), "--why", "the new law says nine")
    run(app, "restore", "daily", 0, "--why", "it does not")
    lines = [line.split("\t") for line in run(reopened(app), "history", "daily").stdout.splitlines()]
    assert [line[3:] for line in lines] == [["it does not", "as before all edits"], ["the new law says nine"]]
    assert 8.0 in celsius(app)
    run(app, "restore", "daily", 1, "--why", "it does after all")
    assert 9.0 in celsius(reopened(app))
    assert "celsius = 9.0" in run(app, "show", "daily", "--edit", 1).stdout


def test_limits_that_contradict_themselves_are_refused_with_what_would_be_right(app: App, tmp_path: Path) -> None:
    file = shown(app, tmp_path)
    file.write_text(file.read_text().replace("clear_celsius = 7.5", "clear_celsius = 8.5"))
    with pytest.raises(BadEntry, match=r"clear_celsius 8\.5 must lie at or below 8"):
        run(app, "edit", file, "--why", "x")
    assert run(app, "history", "daily").stdout == "daily was never edited.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "dayly"], "no profile 'dayly': there are cooler, daily"),
        (["history", "dayly"], "no profile 'dayly'"),
        (["show", "daily", "--edit", "4"], "no limits of an edit 4"),
        (["restore", "daily", "4", "--why", "x"], "has no edit 4"),
    ],
)
def test_what_is_not_there_is_named(app: App, words: list[str], said: str) -> None:
    with pytest.raises(UnknownThing, match=said):
        run(app, *words)


def test_a_change_needs_a_reason_and_something_that_changes(app: App, tmp_path: Path) -> None:
    file = shown(app, tmp_path)
    with pytest.raises(BadEntry, match="why the limits change"):
        run(app, "edit", file, "--why", "  ")
    with pytest.raises(BadEntry, match="is like this already"):
        run(app, "edit", file, "--why", "to be sure")


def test_profiles_are_listed_with_who_goes_by_them(app: App) -> None:
    lines = {line.split("\t")[0]: line.split("\t")[1:3] for line in run(app, "list").stdout.splitlines()}
    assert lines == {"cooler": [f"{len(FLEET.units)} units", "0 edits"], "daily": ["0 units", "0 edits"]}


def test_a_running_server_sees_that_limits_were_edited_and_begins_anew_with_them(tmp_path: Path) -> None:
    settings, clock = ServerSettings(data=str(tmp_path / "data")), SetClock(NOW_MS)
    app, beside = (App(settings, clock=clock, fleet=FLEET) for _ in range(2))
    server = Server(app, only=("judging",))
    server.start()
    try:
        assert not server.outdated()
        run(beside, "edit", warmer(shown(beside, tmp_path)), "--why", "the new law says nine")
        assert server.outdated()
        server.renew()
        assert not server.outdated()
        assert 9.0 in celsius(app)
    finally:
        server.stop()
        beside.close()
