"""The room that the spool leaves on its disk: with none left, what waits could not even be taken out of it."""

import shutil
import sqlite3
from pathlib import Path

from coldchain_server.errors import SpoolUnavailable

RESERVE_BYTES = 32 * 2**20
"""Enough for the write-ahead log (4 MiB between two checkpoints) several times over, and for the ledger beside it."""


def check_room(connection: sqlite3.Connection, path: Path, *, reserve_bytes: int) -> None:
    """Raise `SpoolUnavailable` where less than `reserve_bytes` are free on the disk, nor as much inside the file.

    Rows that go leave room inside the file, not on the disk: once enough of them have gone, more can come.
    """
    free = shutil.disk_usage(path.parent).free
    if free < reserve_bytes and _free_inside(connection) < reserve_bytes:
        raise SpoolUnavailable(
            f"the spool {path} takes nothing in: its disk has {free // 2**20} MiB free, and "
            f"{reserve_bytes // 2**20} MiB are kept so that what waits can still go to the store; make room on the disk"
        )


def _free_inside(connection: sqlite3.Connection) -> int:
    (pages,), (page_bytes,) = connection.execute("PRAGMA freelist_count"), connection.execute("PRAGMA page_size")
    return int(pages[0]) * int(page_bytes[0])
