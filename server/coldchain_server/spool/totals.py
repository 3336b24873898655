"""Totals since the spool began: what came, what came again, what was refused, and why."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from coldchain_contract.sequences import Sequences
from coldchain_server.spool.model import Accepted, Quarantined, Reason

_RECEIVED, _DUPLICATES, _REFUSED = "received", "duplicates", "refused "
_ADD = "INSERT INTO total VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Readings, but for what could not be read at all: such a message counts as one in `refused`."""

    received: int = 0
    duplicates: int = 0
    refused: Mapping[Reason, int] = {}


def count(
    items: Iterable[Accepted | Quarantined], fresh: Iterable[Sequences], *, retried: bool = False
) -> Counter[str]:
    """Return what `items`, of which `fresh` was new, add to the totals; `retried` ones were refused once already, and
    estimated ones count when they come again."""
    added: Counter[str] = Counter()
    for item, new in zip(items, fresh, strict=True):
        if isinstance(item, Accepted) and item.estimated:
            continue
        if isinstance(item, Accepted):
            added[_RECEIVED] += len(new)
        if retried:
            continue
        if isinstance(item, Accepted):
            added[_DUPLICATES] += len(item.pack.sequences) - len(new) + item.repeats
        else:
            added[_REFUSED + item.reason.value] += len(item.sequences) or 1
    return added


def add(connection: sqlite3.Connection, added: Counter[str]) -> None:
    """Add to the totals."""
    connection.executemany(_ADD, [(name, number) for name, number in added.items() if number])


def totals(connection: sqlite3.Connection) -> Totals:
    """Return the totals."""
    counts = dict(connection.execute("SELECT name, count FROM total").fetchall())
    return Totals(
        received=counts.get(_RECEIVED, 0),
        duplicates=counts.get(_DUPLICATES, 0),
        refused={reason: counts[_REFUSED + reason.value] for reason in Reason if _REFUSED + reason.value in counts},
    )
