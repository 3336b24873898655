"""Giving readings their instants once the time is known: exactly within a boot, with bounds for one that never knew."""

import sqlite3
from collections.abc import Sequence

import msgspec

from coldchain_device.clock import PLAUSIBLE_FROM_MS, Recalled, Stamp
from coldchain_device.outbox.rows import free_instant
from coldchain_device.outbox.settled import Fate, waiting
from coldchain_device.timekeeping import (
    AGREE_MS,
    DRIFT,
    EXACT_MS,
    FITTED_MS,
    Known,
    Source,
    drifted_ms,
    marked_ms,
    rounded_ms,
)

_FAR_MS = 2**62

# What contradicts the stamp in its own boot, or was known much less exactly. Once the server has confirmed the time,
# also all that a fitted clock said, where this boot has found it wrong or could not tell, and what would lie in the
# future. Never what is stored: that instant is fixed.
_UNDATE = f"""
UPDATE readings SET at_ms = NULL, uncertainty_ms = 0, shifted = 0
WHERE sequence BETWEEN :low AND :high AND at_ms IS NOT NULL AND (
    CASE WHEN boot = (SELECT number FROM boots WHERE boot_id = :boot)
        THEN trusted = {Source.FITTED.value} OR abs(at_ms - shifted - uptime_ms - :began)
            > uncertainty_ms + abs(uptime_ms - :uptime) * {DRIFT} + {AGREE_MS}
            OR uncertainty_ms > 2 * (:uncertainty + abs(uptime_ms - :uptime) * {DRIFT} + {AGREE_MS})
        ELSE :checked AND (trusted = {Source.FITTED.value} AND NOT :fitted_is_right OR at_ms - uncertainty_ms > :now)
    END
)
"""  # noqa: S608 - constants of our own
_BOOTS = f"""
SELECT boot_id, max(uptime_ms), sum(at_ms IS NULL),
    max(at_ms - shifted - uncertainty_ms - {EXACT_MS} - uptime_ms * {1 + DRIFT}),
    min(at_ms - shifted + uncertainty_ms + {EXACT_MS} - uptime_ms * {1 - DRIFT})
FROM readings JOIN boots ON number = boot GROUP BY number ORDER BY number
"""  # noqa: S608 - constants of our own


class Boot(msgspec.Struct, frozen=True, kw_only=True):
    """One boot in the outbox: the uptime of its last reading, and between which instants it began, where any of its
    readings tells."""

    boot_id: str
    last_ms: int
    earliest_ms: int | None = None
    latest_ms: int | None = None


def datable(connection: sqlite3.Connection, stamp: Stamp) -> list[tuple[str, Known]]:
    """Return the boots whose readings can be dated by a trusted `stamp`, with when each began.

    Its own boot: wall − uptime. Once the server has confirmed the time, also earlier boots. What has not been stored
    yet and was dated by a clock that proved wrong loses its instant here, to be dated anew.
    """
    this = known_of(stamp)
    for low, high in waiting(connection).ranges:
        connection.execute(_UNDATE, {"low": low, "high": high, **_contradiction(stamp, this)})
    earlier = stamp.source is Source.SERVER and has_undated(connection)
    return [(stamp.boot_id, this), *(_earlier(connection, stamp, this) if earlier else ())]


def date(connection: sqlite3.Connection, boot_id: str, known: Known, *, after: int, limit: int) -> list[int]:
    """Date the first `limit` readings of a boot that are numbered above `after` and have no instant; return them.

    The plus keeps SQLite from its index of instants, which would have it sort all that have none at each portion.
    """
    rows = connection.execute(
        "SELECT sequence, probe, uptime_ms FROM readings WHERE sequence > ?"
        " AND boot = (SELECT number FROM boots WHERE boot_id = ?) AND +at_ms IS NULL ORDER BY sequence LIMIT ?",
        (after, boot_id, limit),
    ).fetchall()
    for sequence, probe, uptime_ms in rows:
        at_ms, shifted = free_instant(connection, probe, rounded_ms(known.began_ms + uptime_ms))
        uncertainty_ms = marked_ms(known.uncertainty_at(uptime_ms)) + shifted
        connection.execute(
            "UPDATE readings SET at_ms = ?, uncertainty_ms = ?, shifted = ?, trusted = ? WHERE sequence = ?",
            (at_ms, uncertainty_ms, shifted, known.source.value, sequence),
        )
    return [sequence for sequence, _, _ in rows]


def recalled(connection: sqlite3.Connection, boot_id: str) -> Recalled:
    """Return what the outbox knows of the time, so that a program that starts anew within a boot need not ask again."""
    newest = connection.execute(
        "SELECT at_ms - uncertainty_ms FROM readings WHERE sequence <= (SELECT max(last) FROM settled WHERE fate = ?)"
        " AND at_ms IS NOT NULL ORDER BY sequence DESC LIMIT 1",
        (Fate.STORED.value,),
    ).fetchone()
    return Recalled(floor_ms=newest[0] - EXACT_MS if newest else 0, known=_known_of_boot(connection, boot_id))


def has_undated(connection: sqlite3.Connection) -> bool:
    """Whether any reading is without an instant."""
    found = connection.execute("SELECT EXISTS (SELECT 1 FROM readings WHERE at_ms IS NULL)")
    return bool(found.fetchone()[0])


def bounded(boots: Sequence[Boot]) -> dict[str, Known]:
    """Return when each boot began, from the boots around it: `boots` in their order, the last one known.

    A boot begins after all that was read in the one before, and ends before the next one begins. The middle of what is
    possible is taken; where nothing at all is known before it, the end, which is nearer than the year this was made.
    """
    found, low_ms, anchored = {}, PLAUSIBLE_FROM_MS, False
    for boot, before_ms in zip(boots, _latest(boots), strict=True):
        anchored = anchored or boot.earliest_ms is not None
        earliest = low_ms if boot.earliest_ms is None else boot.earliest_ms
        high_ms = max(earliest, before_ms)
        began_ms = (earliest + high_ms) // 2 if anchored else high_ms
        found[boot.boot_id] = Known(
            began_ms=began_ms,
            uncertainty_ms=max(began_ms - earliest, high_ms - began_ms),
            uptime_ms=0,
            source=Source.SERVER,
        )
        low_ms = max(low_ms, earliest + boot.last_ms - drifted_ms(boot.last_ms))
    return found


def _latest(boots: Sequence[Boot]) -> list[int]:
    """Return before when each boot must have begun."""
    found, next_ms = [], _FAR_MS
    for boot in reversed(boots):
        ends_before = next_ms - boot.last_ms + drifted_ms(boot.last_ms)
        next_ms = ends_before if boot.latest_ms is None else min(boot.latest_ms, ends_before)
        found.append(next_ms)
    return found[::-1]


def known_of(stamp: Stamp) -> Known:
    """Return what a trusted stamp knows of when its boot began."""
    return Known(
        began_ms=stamp.wall_ms - stamp.uptime_ms,
        uncertainty_ms=stamp.uncertainty_ms,
        uptime_ms=stamp.uptime_ms,
        source=stamp.source,
    )


def _contradiction(stamp: Stamp, this: Known) -> dict[str, object]:
    off_ms = stamp.fitted_off_ms
    return {
        "boot": stamp.boot_id,
        "began": this.began_ms,
        "uptime": this.uptime_ms,
        "uncertainty": this.uncertainty_ms,
        "checked": stamp.source is Source.SERVER,
        "now": stamp.wall_ms + stamp.uncertainty_ms + AGREE_MS,
        "fitted_is_right": off_ms is not None and abs(off_ms) <= FITTED_MS,
    }


def _earlier(connection: sqlite3.Connection, stamp: Stamp, this: Known) -> list[tuple[str, Known]]:
    rows = connection.execute(_BOOTS).fetchall()
    boots = [_boot(row) for row in rows if row[0] != stamp.boot_id]
    uncertain = this.uncertainty_at(0)
    now = Boot(
        boot_id=stamp.boot_id,
        last_ms=stamp.uptime_ms,
        earliest_ms=this.began_ms - uncertain,
        latest_ms=this.began_ms + uncertain,
    )
    bounds = bounded([*boots, now])
    without = [row[0] for row in rows if row[2] and row[0] != stamp.boot_id]
    return [(boot_id, _known_of_boot(connection, boot_id) or bounds[boot_id]) for boot_id in without]


def _boot(row: tuple[str, int, int, float | None, float | None]) -> Boot:
    boot_id, last_ms, _, earliest_ms, latest_ms = row
    return Boot(
        boot_id=boot_id,
        last_ms=last_ms,
        earliest_ms=None if earliest_ms is None else int(earliest_ms),
        latest_ms=None if latest_ms is None else int(latest_ms) + 1,
    )


def _known_of_boot(connection: sqlite3.Connection, boot_id: str) -> Known | None:
    """Return when a boot began by its newest dated reading; a mark of 0 stands for up to a second."""
    row = connection.execute(
        "SELECT at_ms - shifted - uptime_ms, uncertainty_ms, uptime_ms, trusted FROM readings"
        " WHERE boot = (SELECT number FROM boots WHERE boot_id = ?) AND at_ms IS NOT NULL"
        " ORDER BY sequence DESC LIMIT 1",
        (boot_id,),
    ).fetchone()
    if row is None:
        return None
    began_ms, uncertainty_ms, uptime_ms, told_by = row
    return Known(
        began_ms=began_ms, uncertainty_ms=uncertainty_ms + EXACT_MS, uptime_ms=uptime_ms, source=Source(told_by)
    )
