"""Pages read without SQLite say what SQLite says, and whatever is damaged, only what stood on it is missing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_device.outbox.pages import Pages, Value, entries, rows, signposts

PAGE_BYTES = 512
VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([0, 1, 127, 128, 2**15, 2**23, 2**31, 2**47, -1])
    | st.floats(allow_nan=False)
    | st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=60)
    | st.binary(max_size=60)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "any.sqlite"


def begun(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE one (number INTEGER PRIMARY KEY, a, b)")
    connection.execute("CREATE INDEX by_a ON one (a)")
    return connection


def pages_of(file: Path) -> Iterator[Pages]:
    wal = file.with_name(f"{file.name}-wal")
    with file.open("rb") as stream:
        if wal.exists():
            with wal.open("rb") as log:
                yield Pages(stream, log, page_bytes=PAGE_BYTES)
        else:
            yield Pages(stream, None, page_bytes=PAGE_BYTES)


def found(file: Path) -> dict[int, tuple[Value, ...]]:
    """Return the rows of three columns: those of the table."""
    (cells,) = [
        [cell for number, page in pages.current() for cell in rows(number, page) if len(cell.values) == 3]
        for pages in pages_of(file)
    ]
    return {cell.rowid: cell.values[1:] for cell in cells}


def said_by_sqlite(connection: sqlite3.Connection) -> dict[int, tuple[Value, ...]]:
    return {number: (a, b) for number, a, b in connection.execute("SELECT number, a, b FROM one")}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.dictionaries(st.integers(1, 2**62), st.tuples(VALUES, VALUES), max_size=60), gone=st.integers(0, 60))
def test_every_row_is_found_in_the_file_and_in_its_log(
    file: Path, content: dict[int, tuple[Value, Value]], gone: int
) -> None:
    for part in file.parent.glob("any.sqlite*"):
        part.unlink()
    with closing(begun(file)) as connection:
        halves = list(content.items())[: len(content) // 2], list(content.items())[len(content) // 2 :]
        for half, checkpoint in zip(halves, (True, False), strict=True):
            connection.executemany("INSERT INTO one VALUES (?, ?, ?)", [(n, *values) for n, values in half])
            if checkpoint:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.executemany("DELETE FROM one WHERE number = ?", [(n,) for n in sorted(content)[:gone]])
        assert found(file) == said_by_sqlite(connection)


def test_the_entries_of_an_index_name_every_row(file: Path) -> None:
    with closing(begun(file)) as connection:
        connection.executemany("INSERT INTO one VALUES (?, ?, ?)", [(n, f"a{n}", None) for n in range(1, 500)])
        for pages in pages_of(file):
            named = {cell.values[-1] for number, page in pages.current() for cell in entries(number, page)}
        assert named >= set(range(1, 500))


def test_the_upper_pages_of_a_table_tell_how_far_it_reaches(file: Path) -> None:
    with closing(begun(file)) as connection:
        connection.executemany("INSERT INTO one VALUES (?, NULL, ?)", [(n, "x" * 40) for n in range(1, 5000)])
        for pages in pages_of(file):
            posts = [post for number, page in pages.current() for post in signposts(number, page)]
        assert max(post.rowid for post in posts) in range(4980, 5000)


def test_what_was_not_committed_is_not_read(file: Path) -> None:
    with closing(begun(file)) as connection:
        connection.execute("INSERT INTO one VALUES (1, 'kept', NULL)")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO one VALUES (?, ?, ?)", [(n, "x" * 100, None) for n in range(2, 200)])
        log = file.with_name("any.sqlite-wal")
        assert log.stat().st_size > 100 * PAGE_BYTES  # it did spill into the log
        assert set(found(file)) == {1}
        connection.execute("COMMIT")
        assert set(found(file)) == set(range(1, 200))


def test_a_damaged_frame_of_the_log_spoils_no_more_than_the_next(file: Path) -> None:
    with closing(begun(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for n in range(1, 100):
            connection.execute("INSERT INTO one VALUES (?, ?, ?)", (n, None, "x" * 150))
        log = file.with_name("any.sqlite-wal")
        content, frame = log.read_bytes(), 24 + PAGE_BYTES
        for place in range(0, len(content) // frame, 7):
            damaged = bytearray(content)
            damaged[32 + place * frame : 32 + (place + 1) * frame] = b"\xa5" * frame
            log.write_bytes(damaged)
            assert len(found(file)) >= 99 - 6  # at most three rows a page, on two pages
        log.write_bytes(bytes(32) + content[32:])  # without its header
        assert len(found(file)) >= 99 - 3
        log.write_bytes(content)


def test_what_is_left_on_pages_that_are_free_is_not_read(file: Path) -> None:
    with closing(begun(file)) as connection:
        connection.executemany("INSERT INTO one VALUES (?, NULL, ?)", [(n, "x" * 100) for n in range(1, 400)])
        connection.execute("DELETE FROM one WHERE number % 4 > 0")  # what is left is moved together
        connection.execute("UPDATE one SET b = 'later'")
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        assert free > 50
        for pages in pages_of(file):
            values = [cell.values[2] for number, page in pages.current() for cell in rows(number, page)]
        assert "x" * 100 not in values
        assert found(file) == said_by_sqlite(connection)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    damage=st.lists(st.tuples(st.integers(0, 2**15), st.binary(min_size=1, max_size=600)), max_size=5),
    cut=st.none() | st.integers(0, 2**15),
)
def test_whatever_is_in_the_file_reading_it_raises_nothing(
    file: Path, damage: list[tuple[int, bytes]], cut: int | None
) -> None:
    if not file.exists():
        with closing(begun(file)) as connection:
            connection.executemany("INSERT INTO one VALUES (?, ?, ?)", [(n, n, "x" * (n % 90)) for n in range(1, 300)])
    content = bytearray(file.read_bytes())
    for place, bytes_ in damage:
        content[place : place + len(bytes_)] = bytes_
    other = file.with_name("damaged.sqlite")
    other.write_bytes(bytes(content[:cut]))
    for pages in pages_of(other):
        for number, page in pages.current():
            list(rows(number, page))
            list(entries(number, page))
