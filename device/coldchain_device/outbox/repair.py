"""Giving readings their instants once the time is known: exactly within a boot, with bounds for an earlier one."""

import sqlite3

from coldchain_device.clock import Stamp
from coldchain_device.outbox.rows import free_instant


def settle_boot(connection: sqlite3.Connection, stamp: Stamp) -> int:
    """Set instants of the boot that `stamp` belongs to: wall − (uptime of the stamp − uptime of the reading)."""
    return _settle(
        connection, stamp.boot_id, booted_ms=stamp.wall_ms - stamp.uptime_ms, uncertainty_ms=stamp.uncertainty_ms
    )


def settle_earlier_boots(connection: sqlite3.Connection, stamp: Stamp) -> int:
    """Set instants of boots that ended without ever learning the time, oldest first.

    Such a boot lies between the last instant known before it and the start of the next boot whose start is known. Where
    nothing at all is known before it, its own untrusted wall time is the lower bound: a Pi without a clock resumes from
    its last saved time, which is never ahead of the truth.
    """
    rows = connection.execute(
        "SELECT boots.boot_id, number, min(uptime_ms), max(uptime_ms), min(wall_ms) FROM readings"
        " JOIN boots USING (boot_id) WHERE at_ms IS NULL AND boots.boot_id != ? GROUP BY boots.boot_id ORDER BY number",
        (stamp.boot_id,),
    ).fetchall()
    settled = 0
    for boot_id, number, first_ms, last_ms, claimed_ms in rows:
        before = connection.execute(
            "SELECT max(at_ms) FROM readings JOIN boots USING (boot_id) WHERE number < ?", (number,)
        ).fetchone()[0]
        earliest = (claimed_ms if before is None else before) - first_ms
        latest = max(earliest, _next_known_start(connection, number, stamp) - last_ms)
        settled += _settle(
            connection, boot_id, booted_ms=(earliest + latest) // 2, uncertainty_ms=(latest - earliest + 1) // 2
        )
    return settled


def _next_known_start(connection: sqlite3.Connection, number: int, stamp: Stamp) -> int:
    """Return when the next boot began of which that is known; no reading of an earlier boot is later."""
    row = connection.execute(
        "SELECT at_ms - uptime_ms FROM readings JOIN boots USING (boot_id)"
        " WHERE number > ? AND at_ms IS NOT NULL AND uncertainty_ms < 60000 ORDER BY number, sequence LIMIT 1",
        (number,),
    ).fetchone()
    return int(row[0]) if row else stamp.wall_ms - stamp.uptime_ms


def _settle(connection: sqlite3.Connection, boot_id: str, *, booted_ms: int, uncertainty_ms: int) -> int:
    rows = connection.execute(
        "SELECT sequence, probe, uptime_ms FROM readings WHERE boot_id = ? AND at_ms IS NULL ORDER BY sequence",
        (boot_id,),
    ).fetchall()
    for sequence, probe, uptime_ms in rows:
        at_ms, shifted = free_instant(connection, probe, booted_ms + uptime_ms)
        connection.execute(
            "UPDATE readings SET at_ms = ?, uncertainty_ms = ?, shifted = ? WHERE sequence = ?",
            (at_ms, uncertainty_ms + shifted, shifted, sequence),
        )
    return len(rows)
