"""The quarantine: what came in and could not be used, kept within each device's quota, in the spool's own file."""

import sqlite3
from typing import Any
from uuid import UUID

import structlog

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import UnknownThing
from coldchain_server.spool.model import Entry, Overflow, Quarantined, Reason
from coldchain_server.spool.settings import Quota

log = structlog.get_logger()

_NOBODY = ""  # stands for a device nobody knows, so that invented names share one quota
_AGAIN = """
UPDATE quarantine SET times = times + 1, last_ms = max(last_ms, ?)
WHERE device = ? AND topic = ? AND reason = ? AND sha256 = ? AND sequences = ?
"""
_KEEP = """
INSERT INTO quarantine
    (device, topic, reason, detail, received_ms, last_ms, times, payload, length, sha256, outbox, sequences)
VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
"""
_USE = """
INSERT INTO usage VALUES (:device, :entries, :bytes)
ON CONFLICT DO UPDATE SET entries = entries + :entries, bytes = bytes + :bytes
"""
_OVERFLOW = """
INSERT INTO overflow VALUES (?, 1, ?, ?)
ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes
RETURNING entries
"""
_LIST = """
SELECT id, times, last_ms, device, topic, reason, detail, received_ms, {payload}, length, sha256, outbox, sequences
FROM quarantine
"""


def keep(connection: sqlite3.Connection, item: Quarantined, *, quota: Quota) -> bool:
    """Set `item` aside; False where its device's quota is full: then it is only counted, and that is said once."""
    device = item.device or _NOBODY
    identity = (device, item.topic, item.reason.value, item.sha256, str(item.sequences))
    if connection.execute(_AGAIN, (item.received_ms, *identity)).rowcount:
        return True
    entries, used = _usage(connection, device)
    if entries >= quota.entries or used + len(item.payload) > quota.bytes:
        _overflowed(connection, device, item)
        return False
    outbox = item.outbox.bytes if item.outbox else None
    row = (*identity[:3], item.detail, item.received_ms, item.received_ms, item.payload, item.length, item.sha256)
    connection.execute(_KEEP, (*row, outbox, str(item.sequences)))
    connection.execute(_USE, {"device": device, "entries": 1, "bytes": len(item.payload)})
    return True


def entries(connection: sqlite3.Connection, *, device: DeviceId | None, limit: int) -> list[Entry]:
    """Return the newest entries first, of one device or of all, without their payloads."""
    where = "WHERE device = :device " if device is not None else ""
    statement = f"{_LIST.format(payload='zeroblob(0)')} {where}ORDER BY id DESC LIMIT :limit"
    return [_entry(row) for row in connection.execute(statement, {"device": device, "limit": limit})]


def entry(connection: sqlite3.Connection, number: int) -> Entry:
    """Return one entry with its payload; `UnknownThing` where there is none of that number."""
    row = connection.execute(f"{_LIST.format(payload='payload')} WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownThing(f"there is no quarantine entry {number}; `coldchain-server quarantine list` shows them")
    return _entry(row)


def remove(connection: sqlite3.Connection, number: int) -> None:
    """Drop one entry and give its place in the quota back; `UnknownThing` where there is none of that number."""
    found = entry(connection, number).item
    device = found.device or _NOBODY
    connection.execute("DELETE FROM quarantine WHERE id = ?", (number,))
    connection.execute(_USE, {"device": device, "entries": -1, "bytes": -len(found.payload)})
    over = connection.execute("DELETE FROM overflow WHERE device = ? RETURNING entries", (device,)).fetchone()
    if over:
        log.info("quarantine has room again", device=device or "unknown", not_kept=over[0])


def count(connection: sqlite3.Connection) -> int:
    """Return how many entries there are."""
    return int(connection.execute("SELECT coalesce(sum(entries), 0) FROM usage").fetchone()[0])


def overflows(connection: sqlite3.Connection) -> list[Overflow]:
    """Return what was sent beyond quotas, per device, since each became full."""
    rows = connection.execute("SELECT device, entries, bytes, since_ms FROM overflow ORDER BY device")
    return [
        Overflow(device=DeviceId(device) if device else None, entries=number, bytes=size, since_ms=since)
        for device, number, size, since in rows
    ]


def _usage(connection: sqlite3.Connection, device: str) -> tuple[int, int]:
    return connection.execute("SELECT entries, bytes FROM usage WHERE device = ?", (device,)).fetchone() or (0, 0)


def _overflowed(connection: sqlite3.Connection, device: str, item: Quarantined) -> None:
    (number,) = connection.execute(_OVERFLOW, (device, item.length, item.received_ms)).fetchone()
    if number == 1:
        log.warning(
            "quarantine is full for a device; more from it is counted and not kept",
            device=device or "unknown",
            reason=item.reason.value,
        )


def _entry(row: tuple[Any, ...]) -> Entry:
    number, times, last_ms, device, topic, reason, detail, received_ms, payload, length, sha256, outbox, numbers = row
    return Entry(
        id=number,
        times=times,
        last_ms=last_ms,
        item=Quarantined(
            topic=topic,
            device=DeviceId(device) if device else None,
            reason=Reason(reason),
            detail=detail,
            received_ms=received_ms,
            payload=payload,
            length=length,
            sha256=sha256,
            outbox=UUID(bytes=outbox) if outbox else None,
            sequences=Sequences.parse(numbers) if numbers else Sequences(),
        ),
    )
