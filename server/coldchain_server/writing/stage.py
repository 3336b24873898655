"""The store writer as a stage: takes spooled packs after its cursor, leaves points in the store."""

import time
from collections.abc import Iterator, Sequence
from typing import Protocol

import structlog

from coldchain_server.errors import StoreRefused
from coldchain_server.spool.model import Quarantined, Spooled
from coldchain_server.spool.totals import Totals
from coldchain_server.store.protocol import Point, Refusal, Store
from coldchain_server.writing.collisions import is_old, kept_apart, taken_near
from coldchain_server.writing.points import Identity, identity, points_of, set_aside

CONSUMER = "writing"
BATCH_READINGS = 5000
_PACKS_AT_ONCE = 25

log = structlog.get_logger()


class SpoolToWrite(Protocol):
    """What the writer needs of the spool."""

    def after(self, position: int, limit: int) -> list[Spooled]: ...

    def position(self, consumer: str) -> int: ...

    def advance(self, consumer: str, position: int) -> None: ...

    def quarantine(self, items: Sequence[Quarantined]) -> None: ...

    def totals(self) -> Totals: ...


class Writing:
    """Writes what was spooled, some 5000 readings at a time, each at least once and always to the same place.

    What the store refuses for good is quarantined, and the rest goes on. Where the store is away or refuses everything,
    the error goes to whoever runs the stage and the readings wait in the spool.
    """

    name = "writing"

    def __init__(self, *, spool: SpoolToWrite, store: Store, rest_s: float = 0.0) -> None:
        """`rest_s`: for how many real seconds what comes after all was written waits for a batch to fill."""
        self._spool, self._store, self._rest_s = spool, store, rest_s
        self._rests_until_s, self._came = float("-inf"), 0
        self._prepared = False

    def step(self) -> bool:
        came = self._spool.totals().received
        if time.monotonic() < self._rests_until_s and came - self._came < BATCH_READINGS:
            return False
        packs, more = self._waiting()
        if packs:
            self._write(packs)
        if not more:
            self._rests_until_s, self._came = time.monotonic() + self._rest_s, came
        return more

    def _write(self, packs: Sequence[Spooled]) -> None:
        refusals = self._written(packs)
        if refusals:
            # Before the cursor moves: after a crash between the two they are quarantined again, which counts once.
            self._spool.quarantine(list(set_aside(packs, refusals)))
            log.error("store refuses readings for good", readings=len(refusals), reason=refusals[0].reason)
        self._spool.advance(CONSUMER, packs[-1].position)

    def _waiting(self) -> tuple[list[Spooled], bool]:
        """Return the next packs, enough for a batch, and whether more may be waiting behind them."""
        position = self._spool.position(CONSUMER)
        packs: list[Spooled] = []
        readings = 0
        while readings < BATCH_READINGS:
            found = self._spool.after(position, _PACKS_AT_ONCE)
            packs += found
            readings += sum(len(pack.columns) for pack in found)
            if len(found) < _PACKS_AT_ONCE:
                return packs, False
            position = found[-1].position
        return packs, True

    def _written(self, packs: Sequence[Spooled]) -> list[Refusal]:
        try:
            if not self._prepared:
                self._store.prepare()
                self._prepared = True
            return self._store.write(self._apart(packs))
        except StoreRefused:
            # A person may mend it by beginning anew: then there is a database to create.
            self._prepared = False
            raise

    def _apart(self, packs: Sequence[Spooled]) -> Sequence[Point]:
        """Keep readings the spool no longer remembered the neighbours of apart from those the store already has."""
        points = points_of(packs)
        old = {number for pack in packs if is_old(pack, min(pack.columns.at_ms)) for number in _old(pack)}
        if not old:
            return points
        return kept_apart(points, taken_near(self._store, (point for point in points if identity(point) in old)))


def _old(pack: Spooled) -> Iterator[Identity]:
    columns = pack.columns
    for number, at_ms in zip(columns.numbers, columns.at_ms, strict=True):
        if is_old(pack, at_ms):
            yield pack.outbox, number
