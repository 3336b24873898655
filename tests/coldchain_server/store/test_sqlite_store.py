"""What is particular to the embedded store: its file, its durability, its troubles."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.store.protocol import Point
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.store.totals import stored_totals
from servers.process import eventually

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")

_WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from coldchain_contract.readings import Reading
from coldchain_server.store.protocol import Point
from coldchain_server.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
store.prepare()
for n in range(1_000_000):
    store.write([Point(reading=Reading(probe="urn:dev:ow:28ff5c79a21603da", at_ms=n, value=4.0), sequence=n + 1)])
    print(n, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.sqlite")
    store.prepare()
    yield store
    store.close()


def point(at_ms: int) -> Point:
    return Point(reading=Reading(probe=MILK, at_ms=at_ms, value=4.0), sequence=at_ms + 1)


def test_every_commit_waits_for_the_disk_and_readers_never_wait_for_writers(store: SqliteStore) -> None:
    with store._connection() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_was_written_survives_the_writers_sudden_death(store: SqliteStore, tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("wb") as output:
        writer = subprocess.Popen([sys.executable, "-c", _WRITES_UNTIL_KILLED, str(store.path)], stdout=output)
    eventually(lambda: said.read_bytes().count(b"\n") >= 50)
    writer.send_signal(signal.SIGKILL)
    writer.wait(10)
    acknowledged = said.read_bytes().count(b"\n")
    assert stored_totals(store).stored in (acknowledged, acknowledged + 1)


def test_a_file_of_a_newer_version_is_left_alone(store: SqliteStore) -> None:
    with store._connection() as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreRefused, match="has version 99, not 1: upgrade this software"):
        store.prepare()


def test_a_file_that_is_no_database_is_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "readings.sqlite").write_bytes(b"milk " * 1000)
    store = SqliteStore(tmp_path / "readings.sqlite")
    with pytest.raises(StoreRefused, match=r"readings.sqlite: file is not a database.*restore a backup"):
        store.prepare()


def test_a_folder_that_cannot_be_made_is_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = SqliteStore(tmp_path / "file" / "readings.sqlite")
    with pytest.raises(StoreRefused, match="create the folder"):
        store.prepare()


def test_a_store_that_was_never_prepared_is_refused_and_not_created_half(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "readings.sqlite")
    with pytest.raises(StoreRefused, match="no such table"):
        store.write([point(0)])
    store.prepare()
    store.write([point(0)])
    assert stored_totals(store).stored == 1
    store.close()


def test_a_full_disk_can_be_tried_again_later_and_nothing_of_the_batch_is_half_written(store: SqliteStore) -> None:
    store.write([point(0)])
    with store._connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreUnavailable, match="is the disk full"):
        store.write([point(n) for n in range(1, 20_000)])
    assert stored_totals(store).stored == 1
    store.write([point(n) for n in range(1, 20_000)])
    assert stored_totals(store).stored == 20_000


def test_a_file_somebody_else_holds_can_be_tried_again_later(store: SqliteStore) -> None:
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with store._connection() as connection:
        connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.write([point(0)])
    holder.execute("ROLLBACK")
    holder.close()
    store.write([point(0)])
    assert stored_totals(store).stored == 1


def test_a_path_that_is_no_file_is_for_a_person(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=r"unable to open.*ours to write"):
        SqliteStore(tmp_path).prepare()
