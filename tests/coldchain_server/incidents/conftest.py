"""A ledger in which rules speak, on SQLite, or on each database in turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.tables import Base
from invented.rules_say import Rules


@pytest.fixture(params=["sqlite", "postgresql"])
def any_rules(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rules]:
    sqlite = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    engine = open_ledger(request.getfixturevalue("postgresql") if request.param == "postgresql" else sqlite)
    yield Rules(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables and nothing in them; making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "ledger.sqlite"
    engine = open_ledger(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def new_ledger(tmp_path: Path, empty_ledger: Path) -> Iterator[Engine]:
    path = tmp_path / "new.sqlite"
    shutil.copy(empty_ledger, path)
    engine = open_ledger(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def rules(new_ledger: Engine) -> Rules:
    return Rules(new_ledger)
