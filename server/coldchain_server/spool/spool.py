"""The spool: durable rows between ingest and the stages that read it, in one SQLite file."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import msgspec

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.sequences import Sequences
from coldchain_server.columns import Columns
from coldchain_server.errors import SpoolUnavailable, UnknownThing
from coldchain_server.spool import anew, quarantine, received, refused, totals
from coldchain_server.spool.instants import REMEMBERED_MS, Instants
from coldchain_server.spool.model import Accepted, Entry, Overflow, Quarantined, Reason, Spooled
from coldchain_server.spool.room import RESERVE_BYTES, check_room
from coldchain_server.spool.schema import CONSUMERS, connect
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.totals import Totals

_DAY_MS = 24 * 3600 * 1000
_TRIM = (
    "DELETE FROM pack WHERE position <= (SELECT min(position) FROM cursor)",
    "DELETE FROM live WHERE position <= (SELECT min(position) FROM cursor)",
)
_AFTER = "SELECT position, body FROM pack WHERE position > ? ORDER BY position LIMIT ?"
_REST_AFTER = """
SELECT position, body FROM pack
WHERE position > :position AND position <= :newest
  AND (position > :live_through OR position NOT IN (SELECT position FROM live))
ORDER BY position LIMIT :limit
"""
_LIVE_AFTER = "SELECT position, body FROM live JOIN pack USING (position) WHERE position > ? ORDER BY position LIMIT ?"

_spooled = msgspec.msgpack.Decoder(Spooled)
_encoder = msgspec.msgpack.Encoder()


class Spool:
    """What has arrived. Any thread may call any method, and several processes may open the same file.

    Reading has a connection of its own, so that whoever reads never waits for whoever commits.
    A commit is on the disk when a method returns. Every method raises `SpoolUnavailable` where the file cannot be read
    or written now, most often because the disk is full; then nothing of the call has happened.
    """

    def __init__(self, path: Path, *, quota: Quota, reserve_bytes: int = RESERVE_BYTES) -> None:
        self.path, self._quota, self._reserve_bytes = path, quota, reserve_bytes
        self._lock, self._reading_lock = threading.Lock(), threading.Lock()
        with self._translated():
            self._connection = connect(path)
            self._reader = connect(path)
        self._instants = Instants(self._connection)
        self._forgotten_ms = 0

    def close(self) -> None:
        with self._lock, self._reading_lock:
            self._reader.close()
            self._connection.close()

    def admit(self, items: Sequence[Accepted | Quarantined], *, instead_of: Entry | None = None) -> list[Sequences]:
        """Take everything in one transaction; per item, return the sequences never received before.

        Fresh readings are spooled, each at an instant of its probe that no other reading has; received ranges are
        recorded; what is quarantined is kept within its device's quota. What is estimated is spooled as it is, and is
        never fresh: it will come again. `instead_of` is a quarantine entry that `items` replace.
        """
        with self._transaction() as connection:
            check_room(connection, self.path, reserve_bytes=self._reserve_bytes)
            return self._take(connection, items, instead_of)

    def quarantine(self, items: Sequence[Quarantined]) -> None:
        """Set items aside in one transaction, each within its device's quota.

        The reserve is for this as well: what the store refuses must not keep what waits from going to the store.
        """
        with self._transaction() as connection:
            self._take(connection, items, None)

    def after(self, position: int, limit: int) -> list[Spooled]:
        """Return at most `limit` packs' fresh readings after `position`, in the order they were admitted."""
        return self._packs(_AFTER, (position, limit))

    def live_after(self, position: int, limit: int) -> list[Spooled]:
        """Return what `after` does, of packs of readings just taken only: however many others wait before them."""
        return self._packs(_LIVE_AFTER, (position, limit))

    def rest_after(self, position: int, *, live_through: int, limit: int) -> tuple[list[Spooled], int]:
        """Return what `after` does but for live packs up to `live_through`, and up to where that is all there is."""
        with self._reading() as connection:
            (newest,) = connection.execute("SELECT max(position) FROM pack").fetchone()
        bounds = {"position": position, "newest": newest or 0, "live_through": live_through, "limit": limit}
        packs = self._packs(_REST_AFTER, bounds)
        return packs, packs[-1].position if len(packs) == limit else max(position, newest or 0)

    def position(self, consumer: str) -> int:
        """Return how far `consumer` has read; 0 at first. `UnknownThing` for none of `CONSUMERS`."""
        with self._reading() as connection:
            row = connection.execute("SELECT position FROM cursor WHERE consumer = ?", (_known(consumer),)).fetchone()
        return int(row[0])

    def advance(self, consumer: str, position: int) -> None:
        """Move `consumer` on to `position`, never back; rows that all consumers have passed go."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE cursor SET position = max(position, ?) WHERE consumer = ?", (position, _known(consumer))
            )
            for statement in _TRIM:
                connection.execute(statement)

    def depth(self) -> int:
        """Return how many packs at least one consumer has not passed."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT max(0, coalesce((SELECT max(position) FROM pack), 0) - min(position)) FROM cursor"
            ).fetchone()
        return int(row[0])

    def received(self, outbox: UUID) -> Sequences:
        """Return every sequence of `outbox` that was ever admitted."""
        with self._reading() as connection:
            return received.received(connection, outbox)

    def want_anew(self, outbox: UUID, sequences: Sequences) -> None:
        """Have what was received of `sequences` spooled once more when it comes again, at the instants it has.

        For a store that has lost it; what the store still has, it is only given once more.
        """
        with self._transaction() as connection:
            anew.want(connection, outbox, sequences & received.received(connection, outbox))

    def refused(self, outbox: UUID) -> Sequences:
        """Return every sequence of `outbox` that was ever refused."""
        with self._reading() as connection:
            return refused.refused(connection, outbox)

    def totals(self) -> Totals:
        """Return what has come since this spool began."""
        with self._reading() as connection:
            return totals.totals(connection)

    def size(self) -> int:
        """Return how many bytes of the disk the spool takes, with what is still in its write-ahead log."""
        try:
            return sum(file.stat().st_size for file in (self.path, Path(f"{self.path}-wal")) if file.exists())
        except OSError as error:
            raise SpoolUnavailable(f"the spool {self.path} cannot be looked at: {error}") from error

    def entries(self, *, device: DeviceId | None = None, limit: int = 1000) -> list[Entry]:
        """Return the quarantine's newest entries first, of one device or of all, without their payloads."""
        with self._reading() as connection:
            return quarantine.entries(connection, device=device, limit=limit)

    def entry(self, number: int) -> Entry:
        """Return one quarantine entry, payload included; `UnknownThing` where there is none of that number."""
        with self._reading() as connection:
            return quarantine.entry(connection, number)

    def remove(self, number: int) -> None:
        """Drop one quarantine entry; `UnknownThing` where there is none of that number."""
        with self._transaction() as connection:
            quarantine.remove(connection, number)

    def quarantine_count(self) -> int:
        """Return how many entries the quarantine holds."""
        with self._reading() as connection:
            return quarantine.count(connection)

    def overflows(self) -> list[Overflow]:
        """Return what was refused because a device's quota was full."""
        with self._reading() as connection:
            return quarantine.overflows(connection)

    def _packs(self, statement: str, bounds: tuple[int, int] | dict[str, int]) -> list[Spooled]:
        with self._reading() as connection:
            rows = connection.execute(statement, bounds).fetchall()
        return [msgspec.structs.replace(_spooled.decode(body), position=number) for number, body in rows]

    def _take(
        self, connection: sqlite3.Connection, items: Sequence[Accepted | Quarantined], instead_of: Entry | None
    ) -> list[Sequences]:
        if instead_of is not None:
            quarantine.remove(connection, instead_of.id)
        taken = instead_of is not None and instead_of.item.reason is Reason.REFUSED_BY_STORE
        fresh = [self._admit(connection, item, taken=taken) for item in items]
        totals.add(connection, totals.count(items, fresh, retried=instead_of is not None))
        self._forget(max((item.received_ms for item in items), default=0))
        return fresh

    def _admit(self, connection: sqlite3.Connection, item: Accepted | Quarantined, *, taken: bool) -> Sequences:
        if isinstance(item, Quarantined):
            quarantine.keep(connection, item, quota=self._quota)
            if item.outbox is not None:
                refused.record(connection, item.outbox, item.sequences)
            return Sequences()
        columns = Columns.of(item.pack.sequences, item.pack.readings)
        if item.estimated:
            _put(connection, item, columns)
            return Sequences()
        fresh = received.record(connection, item.pack.outbox, item.pack.sequences)
        # What the store refused has been received and holds its instants already: it goes in again as it is.
        if taken:
            _put(connection, item, columns)
            return fresh
        wanted = anew.take(connection, item.pack.outbox, item.pack.sequences - fresh)
        if wanted.ranges:
            _put(connection, item, _numbered(columns, wanted))
        news = columns if fresh == item.pack.sequences else _numbered(columns, fresh)
        if len(news):
            _put(connection, item, self._instants.placed(news), was=news)
        return fresh

    def _forget(self, now_ms: int) -> None:
        if now_ms - self._forgotten_ms >= _DAY_MS:
            self._instants.forget_before(now_ms - REMEMBERED_MS)
            received.forget_instants(self._connection, now_ms - received.REMEMBERED_INSTANTS_MS)
            self._forgotten_ms = now_ms

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading_lock, self._translated():
            yield self._reader

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # Some errors, a full disk among them, have rolled back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._instants.rolled_back()
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SpoolUnavailable(
                f"the spool {self.path} cannot be used now: {error}; is its disk full, or its folder not writable?"
            ) from error


def _known(consumer: str) -> str:
    if consumer not in CONSUMERS:
        raise UnknownThing(f"{consumer!r} does not read the spool; its consumers are {', '.join(CONSUMERS)}")
    return consumer


def _numbered(columns: Columns, numbers: Sequences) -> Columns:
    return columns.only([place for place, number in enumerate(columns.numbers) if number in numbers])


def _put(connection: sqlite3.Connection, item: Accepted, columns: Columns, *, was: Columns | None = None) -> None:
    """Spool `columns`; `was` is what they were before each got an instant of its own."""
    spooled = Spooled(
        position=0,
        site=item.site,
        device=item.device,
        live=item.live,
        received_ms=item.received_ms,
        uncertainty_ms=item.pack.uncertainty_ms,
        outbox=item.pack.outbox,
        columns=columns,
        moved=_moved(was or columns, columns),
        estimated=item.estimated,
    )
    position = connection.execute("INSERT INTO pack (body) VALUES (?)", (_encoder.encode(spooled),)).lastrowid
    if item.live:
        connection.execute("INSERT INTO live VALUES (?)", (position,))


def _moved(before: Columns, after: Columns) -> Sequences:
    if before.at_ms is after.at_ms:
        return Sequences()
    instants = zip(after.numbers, before.at_ms, after.at_ms, strict=True)
    return Sequences.of(number for number, was_ms, is_ms in instants if was_ms != is_ms)
