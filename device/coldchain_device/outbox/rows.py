"""Rows of the outbox: how a probe and a checksum are written, what a row is as a reading, instants that are free."""

import sqlite3
import zlib
from collections.abc import Callable, Sequence
from uuid import UUID

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_device.outbox.model import Kept

_ONE_WIRE = "urn:dev:ow:"
KEPT = "sequence, probe, value, quality, at_ms, uncertainty_ms"
"""The columns that `kept` takes."""


def key_of(probe: ProbeUrn) -> int | str:
    """Return how a probe is written: the eight bytes of a 1-Wire name as a number, any other name as it is."""
    if not probe.startswith(_ONE_WIRE):
        return probe
    return int.from_bytes(bytes.fromhex(probe.removeprefix(_ONE_WIRE)), "big", signed=True)


def probe_of(key: int | str) -> ProbeUrn:
    """Return the probe that is written as `key`."""
    if isinstance(key, str):
        return ProbeUrn(key)
    return ProbeUrn(f"{_ONE_WIRE}{key.to_bytes(8, 'big', signed=True).hex()}")


def kept(row: tuple[int, int | str, float | None, str, int, int]) -> Kept:
    """Return a row of the columns `KEPT` as what it is."""
    sequence, key, value, quality, at_ms, uncertainty_ms = row
    reading = Reading(probe=probe_of(key), at_ms=at_ms, value=value, quality=Quality(quality))
    return Kept(sequence=sequence, reading=reading, uncertainty_ms=uncertainty_ms)


def checksum_of(outbox: UUID) -> Callable[..., int]:
    """Return the function that gives the checksum of the values of a row of `outbox`: CRC-32 over how they are written.

    SQLite itself has none, so a page that the card has damaged may still look like rows. It takes in the outbox's id: a
    row that was another outbox's is none of this one's.
    """
    seed = zlib.crc32(outbox.bytes)

    def checksum(*values: float | str | None) -> int:
        written = repr([value + 0.0 if isinstance(value, float) else value for value in values])  # there is no -0.0
        return zlib.crc32(written.encode(), seed)

    return checksum


def numbered(connection: sqlite3.Connection, where: str, values: Sequence[object] = ()) -> Sequences:
    """Return the numbers of the readings `where` holds for; SQLite makes the ranges, however many they are."""
    single = f"SELECT sequence, sequence - row_number() OVER (ORDER BY sequence) AS island FROM readings WHERE {where}"  # noqa: S608
    islands = f"SELECT min(sequence), max(sequence) FROM ({single}) GROUP BY island ORDER BY 1"  # noqa: S608
    return Sequences(tuple(connection.execute(islands, values)))


def free_instant(connection: sqlite3.Connection, key: int | str, at_ms: int) -> tuple[int, int]:
    """Return the first instant from `at_ms` on at which a probe has no reading, and by how many ms it was moved."""
    shifted = 0
    while connection.execute("SELECT 1 FROM readings WHERE probe = ? AND at_ms = ?", (key, at_ms + shifted)).fetchone():
        shifted += 1
    return at_ms + shifted, shifted
