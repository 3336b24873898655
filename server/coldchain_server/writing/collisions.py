"""Two readings of one probe at one instant: both are kept, 1 ms apart, also where the spool no longer remembers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.spool.instants import REMEMBERED_MS
from coldchain_server.spool.model import Spooled
from coldchain_server.store.protocol import Point, Store
from coldchain_server.store.totals import every_point
from coldchain_server.writing.points import Identity, identity

Key = tuple[ProbeUrn, str, int]
"""A point's place in the store: probe, quantity, instant."""

_DAY_MS = 24 * 3600 * 1000
_LONGEST_GAP_MS = 3600 * 1000
_ROOM_MS = 1000


def is_old(spooled: Spooled, at_ms: int) -> bool:
    """Tell whether an instant was beyond the spool's memory on arrival. It forgets once a day, hence a day's margin."""
    return at_ms < spooled.received_ms - REMEMBERED_MS + _DAY_MS


def kept_apart(points: Sequence[Point], taken: Mapping[Key, Identity]) -> list[Point]:
    """Return the points, each at its instant or the next millisecond that is free or already its own.

    The same points against the same store, or against one that already has them, come out the same: pure, and safe to
    do again after a crash. A moved point is as many milliseconds more uncertain.
    """
    places = dict(taken)
    return [_placed(point, places) for point in points]


def taken_near(store: Store, points: Iterable[Point]) -> dict[Key, Identity]:
    """Read which places on and just after the points' instants are taken, and by which readings."""
    found = (
        stored
        for probe, start_ms, end_ms in _spans(points)
        for stored in every_point(store, probe, start_ms, end_ms + _ROOM_MS)
    )
    return {_key(stored): identity(stored) for stored in found}


def _placed(point: Point, places: dict[Key, Identity]) -> Point:
    moved_ms = 0
    probe, quantity, at_ms = _key(point)
    while places.setdefault((probe, quantity, at_ms + moved_ms), identity(point)) != identity(point):
        moved_ms += 1
    if not moved_ms:
        return point
    reading = msgspec.structs.replace(point.reading, at_ms=at_ms + moved_ms)
    return msgspec.structs.replace(point, reading=reading, uncertainty_ms=point.uncertainty_ms + moved_ms)


def _spans(points: Iterable[Point]) -> Iterator[tuple[ProbeUrn, int, int]]:
    """Yield probe and stretches of time that hold all the points, without reading far where none is."""
    instants: dict[ProbeUrn, list[int]] = {}
    for point in points:
        instants.setdefault(point.reading.probe, []).append(point.reading.at_ms)
    for probe, unsorted in instants.items():
        start_ms = end_ms = min(unsorted)
        for at_ms in sorted(unsorted):
            if at_ms > end_ms + _LONGEST_GAP_MS:
                yield probe, start_ms, end_ms
                start_ms = at_ms
            end_ms = at_ms
        yield probe, start_ms, end_ms


def _key(point: Point) -> Key:
    return point.reading.probe, point.reading.quantity.value, point.reading.at_ms
