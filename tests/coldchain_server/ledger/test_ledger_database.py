"""The ledger's border: what the drivers raise arrives as the server's own errors, and SQLite is durable."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from coldchain_server.errors import LedgerUnavailable, UnknownThing
from coldchain_server.ledger.database import open_ledger, sessions_of
from servers.postgresql import Postgresql
from servers.process import free_port


def test_sqlite_survives_a_power_cut_by_its_settings(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/new/folder/ledger.sqlite")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_ledger_that_is_not_there_is_unavailable_and_may_be_tried_again() -> None:
    engine = open_ledger(f"postgresql+psycopg://someone:secret@127.0.0.1:{free_port()}/ledger")
    with pytest.raises(LedgerUnavailable) as caught, sessions_of(engine).begin() as session:
        session.execute(text("select 1"))
    assert caught.value.again
    assert "secret" not in str(caught.value)


def test_a_ledger_that_goes_away_while_in_use_is_unavailable_and_back_when_it_is_back(
    postgresql: str, one_postgresql: Postgresql
) -> None:
    engine = open_ledger(postgresql)
    sessions = sessions_of(engine)
    with sessions.begin() as session:
        session.execute(text("create table kept (n int)"))
    with pytest.raises(LedgerUnavailable), sessions.begin() as session:
        session.execute(text("insert into kept values (1)"))
        one_postgresql.server.kill()
        session.execute(text("insert into kept values (2)"))
    one_postgresql.start()
    with sessions.begin() as session:
        assert session.execute(text("select count(*) from kept")).scalar() == 0
    engine.dispose()


def test_a_locked_sqlite_file_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coldchain_server.ledger.database._BUSY_S", 0.0)
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with engine.begin() as connection:
        connection.execute(text("create table kept (n int)"))
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(LedgerUnavailable, match="locked"), sessions_of(engine).begin() as session:
        session.execute(text("insert into kept values (1)"))
    other.close()
    engine.dispose()


def test_a_mistake_in_our_own_sql_is_not_called_unavailable(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    with pytest.raises(DBAPIError, match="no such table"), sessions_of(engine).begin() as session:
        session.execute(text("select * from never_made"))
    engine.dispose()


@pytest.mark.parametrize("url", ["not an address", "oracle+nothing://host/db", "mysql://user:secret@host/db"])
def test_an_address_that_is_none_says_what_to_write_and_shows_no_secret(url: str) -> None:
    with pytest.raises(UnknownThing, match="postgresql") as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)
