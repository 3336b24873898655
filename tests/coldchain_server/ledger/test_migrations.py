"""The migrations make exactly the tables that the code knows, once, whoever starts at the same time."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.migrate import migrations, upgrade
from coldchain_server.ledger.tables import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        opened = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    else:
        opened = open_ledger(request.getfixturevalue("postgresql"))
    yield opened
    opened.dispose()


def test_migrations_and_tables_agree(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("insert into stage_cursor values ('judging', 7)"))
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("select position from stage_cursor")).scalar() == 7


def all_at_once(do: Callable[[], None]) -> list[BaseException]:
    """Do it in four threads at the same time and return what went wrong in any."""
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def one() -> None:
        together.wait()
        try:
            do()
        except BaseException as error:  # noqa: BLE001 - the caller looks at it in its own thread
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def upgraded(url: str) -> None:
    own = open_ledger(url)
    upgrade(own)
    own.dispose()


def opened(url: str) -> None:
    own = open_ledger(url)
    own.connect().close()
    own.dispose()


def test_processes_that_make_the_same_new_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """Often enough that SQLite's refusal of two changes to WAL at a time would show."""
    for number in range(30):
        url = f"sqlite:///{tmp_path}/{number}.sqlite"
        assert all_at_once(lambda url=url: opened(url)) == []  # type: ignore[misc]


def test_processes_that_start_at_once_all_find_the_tables(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    assert all_at_once(lambda: upgraded(url)) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table transition (n int)"))
    with pytest.raises(Exception, match="already exists"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["transition"]


def test_the_first_migration_can_be_taken_back(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
