"""A ledger of either kind, and a server that people are told through."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.migrate import upgrade
from invented.incident_ledger import MIGRATED, NOON, Ledger, fleet_of_contacts, person
from servers.postgresql import Postgresql
from servers.smtp import MailServer
from servers.web_hook import WebHook


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "ledger.sqlite"
    engine = open_ledger(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def migrated_database(one_postgresql: Postgresql) -> Postgresql:
    """The server, with a migrated database that others are made from."""
    engine = open_ledger(one_postgresql.database(MIGRATED))
    upgrade(engine)
    engine.dispose()
    return one_postgresql


@pytest.fixture
def sqlite_ledger(tmp_path: Path, migrated_file: Path) -> Iterator[Ledger]:
    shutil.copy(migrated_file, tmp_path / "ledger.sqlite")
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield Ledger(engine, migrated=True)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A ledger of each kind, empty."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_ledger")
        return
    server: Postgresql = request.getfixturevalue("migrated_database")
    engine = open_ledger(server.database(like=MIGRATED))
    yield Ledger(engine, migrated=True)
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
    """One site under curfew from 20:00, ten coolers, three people who are told at once, and a lab."""
    return fleet_of_contacts(
        person("aichatou", Role.COOPERATIVE, hook.url("aichatou")),
        person("neighbour", Role.COOPERATIVE, hook.url("neighbour")),
        person("moussa", Role.TECHNICIAN, hook.url("moussa"), language="en"),
        person("fati", Role.LAB, hook.url("fati")),
        steps=((0, ("aichatou", "neighbour", "moussa")),),
    )
