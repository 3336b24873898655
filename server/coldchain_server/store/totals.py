"""What a store holds, counted by reading all of it."""

from collections.abc import Iterator

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.store.acceptance import EARLIEST_MS, LATEST_MS
from coldchain_server.store.protocol import Point, Store

_PAGE = 20_000


class StoredTotals(msgspec.Struct, frozen=True):
    """How many points there are, and how many of them tell a reading that another point already told."""

    stored: int
    duplicates: int


def stored_totals(store: Store) -> StoredTotals:
    """Count by reading every point. A duplicate has the probe, outbox and sequence of another point."""
    stored = duplicates = 0
    for probe in store.probes():
        seen = set()
        for point in every_point(store, probe):
            stored += 1
            identity = (point.outbox, point.sequence)
            duplicates += identity in seen
            seen.add(identity)
    return StoredTotals(stored, duplicates)


def every_point(store: Store, probe: ProbeUrn, start_ms: int = EARLIEST_MS, end_ms: int = LATEST_MS) -> Iterator[Point]:
    """Yield the points of `probe` with start ≤ instant < end, oldest first, read a page at a time."""
    while True:
        page = store.points(probe, start_ms, end_ms, limit=_PAGE)
        if len(page) < _PAGE:
            yield from page
            return
        # The page may have cut through readings of one instant (two quantities): they all come with the next page.
        start_ms = page[-1].reading.at_ms
        yield from (point for point in page if point.reading.at_ms < start_ms)
