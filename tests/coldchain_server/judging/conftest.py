"""A watched cooler with a SQLite ledger of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from invented.watched import (
    Watched,
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def watched(tmp_path: Path, engine: Engine) -> Iterator[Watched]:
    watched = Watched(tmp_path, sessions_of(engine))
    yield watched
    watched.close()
