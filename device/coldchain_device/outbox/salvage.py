"""Salvage: what can still be read of a damaged outbox, made an outbox again under its own identity and numbers."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import UUID

import msgspec

from coldchain_contract.sequences import Sequences
from coldchain_device.errors import NothingSalvaged
from coldchain_device.outbox.aside import beside, log_of, noted_identity
from coldchain_device.outbox.pages import Cell, Pages, Value, entries, rows, signposts
from coldchain_device.outbox.reader import translated
from coldchain_device.outbox.rows import checksum_of, numbered
from coldchain_device.outbox.schema import PAGE_BYTES, SUMMED, begin
from coldchain_device.outbox.settled import Fate, highest, settle, settled

_READING, _SETTLED, _BOOT, _OUTBOX, _INSTANT = len(SUMMED["readings"]) + 1, len(SUMMED["settled"]) + 1, 2, 1, 3
"""How many columns the rows of each table have, and the entries of the index of instants; no two the same."""
_INSERT = f"INSERT INTO readings ({', '.join(SUMMED['readings'])}) VALUES ({', '.join('?' * (_READING - 1))})"  # noqa: S608
_VALUE, _AT, _UNCERTAINTY, _SHIFTED = 2, 8, 9, 10
_MOST_ROWS_A_PAGE = PAGE_BYTES // 24


class _Noted(msgspec.Struct, frozen=True, array_like=True):
    first: int
    last: int
    day: int
    fate: Fate
    reason: str


class Salvaged(msgspec.Struct, frozen=True, kw_only=True):
    """What was salvaged of the outbox `id`: how many readings, and the numbers neither found nor known to be stored."""

    id: UUID
    readings: int
    lost: Sequences


def salvage(damaged: Path, into: Path) -> Salvaged:
    """Write an outbox `into` of all that stands on intact pages of `damaged` and of the log beside it.

    What `damaged` is stays as it is. `NothingSalvaged` where there is no row of ours or nothing says whose they are;
    `OutboxUnavailable` where the card cannot take it now. A file that was begun and not finished is begun anew.
    """
    with translated(damaged), ExitStack() as opened:
        file, log = (
            opened.enter_context(part.open("rb")) if part.exists() else None for part in (damaged, log_of(damaged))
        )
        pages = Pages(file, log, page_bytes=PAGE_BYTES)
        identity = _identity(damaged, pages)
        part = beside(into, ".part")
        part.unlink(missing_ok=True)
        found = _written(part, pages, identity)
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.rename(into)
        return found


def _identity(damaged: Path, pages: Pages) -> UUID:
    """Return the identity for which any row of a reading proves to be genuine."""
    names = [noted_identity(damaged), *(str(cell.values[0]) for cell in _cells(pages, _OUTBOX))]
    checks = {identity: checksum_of(identity) for identity in filter(None, map(_uuid, names))}
    for cell in _cells(pages, _READING):
        for identity, checksum in checks.items():
            if _genuine(cell, checksum):
                return identity
    raise NothingSalvaged(f"outbox {damaged}: no reading is left in it, or its identity is lost; it stays as it is")


def _written(part: Path, pages: Pages, identity: UUID) -> Salvaged:
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # what is cut off here is begun anew
        begin(connection, identity)
        connection.execute("BEGIN")
        _write_boots(connection, pages)
        _write_readings(connection, pages, checksum_of(identity))
        lost = _write_settled(connection, pages, checksum_of(identity))
        connection.execute("COMMIT")
        (count,) = connection.execute("SELECT count(*) FROM readings").fetchone()
    return Salvaged(id=identity, readings=count, lost=lost)


def _write_boots(connection: sqlite3.Connection, pages: Pages) -> None:
    for cell in _cells(pages, _BOOT):
        if cell.values[0] is None and isinstance(cell.values[1], str):
            connection.execute("INSERT OR IGNORE INTO boots VALUES (?, ?)", (cell.rowid, cell.values[1]))


def _write_readings(connection: sqlite3.Connection, pages: Pages, checksum: Callable[..., int]) -> None:
    """Write every genuine row once, as it was last where that can be read, and the boots that nothing else names."""
    for cell in _cells(pages, _READING):
        if _genuine(cell, checksum):
            _insert(connection, cell)
    connection.execute(
        "INSERT INTO boots SELECT DISTINCT boot, 'salvaged-' || boot FROM readings"
        " WHERE boot NOT IN (SELECT number FROM boots)"
    )


def _insert(connection: sqlite3.Connection, cell: Cell) -> None:
    row = list(_summed(cell))
    if connection.execute("SELECT 1 FROM readings WHERE sequence = ?", (cell.rowid,)).fetchone():
        return
    try:
        connection.execute(_INSERT, row)
    except sqlite3.IntegrityError:  # of two versions of another row, the one with this instant was not the last
        row[_AT], row[_UNCERTAINTY], row[_SHIFTED] = None, 0, 0
        connection.execute(_INSERT, row)


def _write_settled(connection: sqlite3.Connection, pages: Pages, checksum: Callable[..., int]) -> Sequences:
    """Write what is known to be settled, and as lost what is neither that nor here; return the latter."""
    for cell in _cells(pages, _SETTLED):
        if _genuine(cell, checksum):
            noted = msgspec.convert(_summed(cell), _Noted)
            settle(connection, Sequences.span(noted.first, noted.last), noted.fate, day=noted.day, reason=noted.reason)
    known = settled(connection)
    top = max([highest(connection), *(last for _, last in known.ranges)])
    top = max(top, _highest_in_index(pages, top), _highest_in_tree(pages))
    lost = Sequences.span(1, top) - numbered(connection, "1") - known
    settle(connection, lost, Fate.LOST, day=0, reason="not readable on the card")
    return lost


def _highest_in_tree(pages: Pages) -> int:
    """Return the highest number that the upper pages of a table name: they stand near the beginning of the file, and
    name rows that a cut took. Damaged ones are told by numbers that do not ascend, or that no file could hold."""
    top = 0
    for number, page in pages.current():
        posts = list(signposts(number, page))
        numbers = [post.rowid for post in posts]
        last_page = max((child for post in posts for child in post.values if isinstance(child, int)), default=0)
        if numbers == sorted(set(numbers)) and numbers and 0 < numbers[-1] <= last_page * _MOST_ROWS_A_PAGE:
            top = max(top, numbers[-1])
    return top


def _highest_in_index(pages: Pages, known: int) -> int:
    """Return the highest number the index of instants names; it has no checksum, so only what may be is believed."""
    may_be = range(known, known + _MOST_ROWS_A_PAGE * pages.count)
    named = (
        cell.values[-1]
        for number, page in pages.current()
        for cell in entries(number, page)
        if len(cell.values) == _INSTANT
    )
    return max((one for one in named if isinstance(one, int) and one in may_be), default=known)


def _cells(pages: Pages, columns: int) -> Iterator[Cell]:
    for number, page in pages.current():
        yield from (cell for cell in rows(number, page) if len(cell.values) == columns)


def _genuine(cell: Cell, checksum: Callable[..., int]) -> bool:
    return cell.values[-1] == checksum(*_summed(cell))


def _summed(cell: Cell) -> tuple[Value, ...]:
    """Return the columns of a row that its checksum is of, as SQLite would give them.

    The first is the row's number, which stands in its place; a whole number in a column of reals is written as such.
    """
    values: list[Value] = [cell.rowid, *cell.values[1:-1]]
    if len(cell.values) == _READING and isinstance(value := values[_VALUE], int):
        values[_VALUE] = float(value)
    return tuple(values)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
