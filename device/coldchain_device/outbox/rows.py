"""Instants that are free: two readings of one probe never share one."""

import sqlite3


def free_instant(connection: sqlite3.Connection, probe: str, at_ms: int) -> tuple[int, int]:
    """Return the first instant from `at_ms` on at which `probe` has no reading, and by how many ms it was moved."""
    shifted = 0
    while connection.execute(
        "SELECT 1 FROM readings WHERE probe = ? AND at_ms = ?", (probe, at_ms + shifted)
    ).fetchone():
        shifted += 1
    return at_ms + shifted, shifted
