"""A ledger of either kind, and a server that people are told through."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from coldchain_contract.clock import SetClock
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import open_ledger
from invented.incident_ledger import NOON, Ledger, fleet_of_contacts, person
from servers.postgresql import Postgresql
from servers.smtp import MailServer
from servers.web_hook import WebHook


@pytest.fixture(scope="session")
def one_postgresql() -> Iterator[Postgresql]:
    """One server for all tests here. Not in pytest's own folder, which another run closes to PostgreSQL's user."""
    with TemporaryDirectory() as folder:
        server = Postgresql(Path(folder) / "postgresql")
        server.start()
        yield server
        server.server.stop()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield Ledger(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A ledger of each kind, empty."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_ledger")
        return
    server: Postgresql = request.getfixturevalue("one_postgresql")
    engine = open_ledger(server.url)
    yield Ledger(engine)
    with engine.begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    engine.dispose()


@pytest.fixture
def hook() -> Iterator[WebHook]:
    server = WebHook()
    yield server
    server.close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def fleet(hook: WebHook) -> Fleet:
    """One site under curfew from 20:00, ten coolers, a cooperative with two channels and a technician with one."""
    return fleet_of_contacts(
        person("aichatou", Role.COOPERATIVE, hook.url("aichatou"), hook.url("neighbour")),
        person("moussa", Role.TECHNICIAN, hook.url("moussa"), language="en"),
        person("fati", Role.LAB, hook.url("fati")),
    )
