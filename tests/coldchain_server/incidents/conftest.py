"""A ledger in which rules speak, on SQLite, or on each database in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_server.ledger.database import open_ledger
from invented.rules_say import Rules
from servers.postgresql import Postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def any_rules(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rules]:
    server: Postgresql | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    engine = open_ledger(server.url if server else f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield Rules(engine)
    engine.dispose()


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield Rules(engine)
    engine.dispose()
