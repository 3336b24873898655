"""Judging as a stage: takes spooled packs after its cursors, and the time; leaves verdicts, states, newest readings."""

from typing import Protocol

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_server.fleet.aside import without
from coldchain_server.fleet.model import Fleet
from coldchain_server.judging.bench import Bench
from coldchain_server.judging.handover import Offer, offers
from coldchain_server.judging.listening import Listening
from coldchain_server.judging.mains import LOOK_EVERY_MS, Mains
from coldchain_server.judging.mains import judged as mains_judged
from coldchain_server.judging.memory import Memory
from coldchain_server.judging.milk import Told
from coldchain_server.judging.records import Records
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.set_aside import probes_aside
from coldchain_server.ledger.tables import VerdictRow
from coldchain_server.spool.model import Spooled

CONSUMER = "judging"
ROUNDS = "judging-rounds"
"""The cursor that counts judging's transactions, so that one process never goes on from what another has changed."""

MILK = "judging-milk"
"""How far what people told of their milk was heeded."""

LIVE = "judging-live"
"""How far packs of readings just taken are judged: they go before all that piled up somewhere and comes late."""

_LIVE_AT_ONCE, _OTHERS_AT_ONCE = 50, 5
_TOLD_AFTER = 500
_ASKED_EVERY_MS = 1000

log = structlog.get_logger()


class SpoolToJudge(Protocol):
    """What judging needs of the spool."""

    def after(self, position: int, limit: int) -> list[Spooled]: ...

    def live_after(self, position: int, limit: int) -> list[Spooled]: ...

    def rest_after(self, position: int, *, live_through: int, limit: int) -> tuple[list[Spooled], int]: ...

    def position(self, consumer: str) -> int: ...

    def advance(self, consumer: str, position: int) -> None: ...


class _Read(msgspec.Struct, frozen=True):
    """How far the spool is judged: every pack up to `all`, and the live ones up to `live` where that is farther."""

    all: int
    live: int


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged in one transaction. `to_come`: more live packs may be waiting; `more`: packs of any kind."""

    packs: list[Spooled]
    read: _Read
    to_come: bool
    more: bool


class _Book(msgspec.Struct, kw_only=True):
    """What the ledger said after this process's last transaction, and what the spool was told of it.

    Silence is judged again from `next_ms` on.
    """

    memory: Memory
    read: _Read
    round: int
    told: int
    milk: Told
    heeded: int
    next_ms: int = 0


class Judging:
    """Judges what was spooled, beside the store writer: a store that is away delays no verdict.

    What was just taken goes first: a week of backlog, which is late and raises no alarm, delays none either.
    Verdicts, states, newest readings and cursor are one transaction; what a crash undoes is judged again to the same
    end. Several processes may judge one spool: whoever comes second drops what it did and reads the ledger again.
    """

    name = "judging"

    def __init__(self, *, spool: SpoolToJudge, sessions: Sessions, fleet: Fleet, clock: Clock) -> None:
        self._spool, self._sessions, self._clock = spool, sessions, clock
        self._fleet, self._watches = fleet, Watches(fleet)
        self._aside: dict[ProbeUrn, int] = {}
        self._listening = Listening()
        self._book: _Book | None = None
        self._asked_ms, self._powers_ms = -_ASKED_EVERY_MS, -LOOK_EVERY_MS

    def step(self) -> bool:
        """Judge one batch and, once nothing waits, silence.

        Raises `SpoolUnavailable` or `LedgerUnavailable`; the batch is then judged again.
        """
        book, self._book = self._book or self._opened(), None  # whoever fails below reads the ledger again
        self._heed_what_is_aside(book)
        batch, records = self._waiting(book.read), Records()
        rows = self._judged(book, batch, records)
        news = batch.packs or rows or book.memory.has_news or records.has_news or batch.read != book.read
        news = news or book.milk.through != book.heeded
        if news and not self._committed(book, rows, records, read=batch.read):
            return True
        self._tell(book, at_once=not batch.more)
        self._book = book
        return batch.more

    def _heed_what_is_aside(self, book: _Book) -> None:
        """Judge nothing any more by a probe that somebody called faulty, until it is back in use."""
        with self._sessions() as session:
            aside = probes_aside(session)
        if aside != self._aside:
            self._aside, self._watches, book.next_ms = aside, Watches(without(self._fleet, aside)), 0

    def _waiting(self, read: _Read) -> _Batch:
        """Return live packs first, and, where they are all of them, some of the others in the order they came."""
        live = self._spool.live_after(max(read.all, read.live), _LIVE_AT_ONCE)
        live_through = live[-1].position if live else read.live
        to_come = len(live) == _LIVE_AT_ONCE
        if to_come:
            return _Batch(packs=live, read=_Read(read.all, live_through), to_come=True, more=True)
        others, through = self._spool.rest_after(read.all, live_through=live_through, limit=_OTHERS_AT_ONCE)
        more = len(others) == _OTHERS_AT_ONCE
        return _Batch(packs=live + others, read=_Read(through, live_through), to_come=False, more=more)

    def _tell(self, book: _Book, *, at_once: bool) -> None:
        """Let the spool drop what is judged; not at every step while much waits, as each time is a commit."""
        if book.read.all > book.told and (at_once or book.read.all - book.told >= _TOLD_AFTER):
            self._spool.advance(CONSUMER, book.read.all)
            book.told = book.read.all

    def _judged(self, book: _Book, batch: _Batch, records: Records) -> list[VerdictRow]:
        """Judge into the book's memory and the records.

        While live packs wait, nobody is judged silent: they may be about to be heard. What else waits is no news.
        """
        now_ms = self._clock.now_ms()
        if not self._listening.goes_on(now_ms):
            book.next_ms = 0
        since_ms = self._listening.since_ms
        bench = Bench(self._watches, book.memory, records, now_ms=now_ms, listening_since_ms=since_ms, told=book.milk)
        due = now_ms >= book.next_ms
        asked = self._asks(now_ms)
        for offer in self._offers(book.memory) if asked else ():
            bench.take_over(offer)
        for unit, at_ms in self._told(book.milk, now_ms) if asked else ():
            bench.hear(UnitId(unit), at_ms)
        rows = list(bench.withdrawals()) if due else []
        for mains in self._powers(now_ms):
            rows += bench.power(mains)
        for pack in batch.packs:
            rows += bench.pack(pack)
        if batch.to_come and (due or bench.heard_anew):
            book.next_ms = 0
        elif due or bench.heard_anew:
            rows += bench.silence(everywhere=due)
            next_ms = bench.next_ms(everywhere=due)
            book.next_ms = next_ms if due else min(book.next_ms, next_ms)
        return rows

    def _asks(self, now_ms: int) -> bool:
        """Return whether the ledger is to be asked for what others have left there; once a second."""
        if 0 <= now_ms - self._asked_ms < _ASKED_EVERY_MS:
            return False
        self._asked_ms = now_ms
        return True

    def _offers(self, memory: Memory) -> list[Offer]:
        """Return what rejudging offers."""
        with self._sessions() as session:
            return list(offers(session, memory.come_ms))

    def _told(self, milk: Told, now_ms: int) -> list[tuple[str, int]]:
        """Return of which units, and instants, people have told something of the milk, or taken it back."""
        with self._sessions() as session:
            return milk.learn(session, now_ms=now_ms)

    def _powers(self, now_ms: int) -> list[Mains]:
        """Return what devices have said of their power; asked for every ten seconds."""
        if 0 <= now_ms - self._powers_ms < LOOK_EVERY_MS:
            return []
        self._powers_ms = now_ms
        with self._sessions() as session:
            return list(mains_judged(session, now_ms=now_ms))

    def _opened(self) -> _Book:
        for cursor in (CONSUMER, LIVE, ROUNDS, MILK):
            cursors.begin(self._sessions, cursor)
        with self._sessions.begin() as session:
            # The round first: where another process commits in between, it is ours that is refused.
            book = _Book(
                round=cursors.position(session, ROUNDS),
                read=_Read(cursors.position(session, CONSUMER), cursors.position(session, LIVE)),
                told=self._spool.position(CONSUMER),
                memory=Memory(session),
                milk=Told(session, through=(heeded := cursors.position(session, MILK)), now_ms=self._clock.now_ms()),
                heeded=heeded,
            )
        return self._caught_up(book)

    def _caught_up(self, book: _Book) -> _Book:
        """Begin at the start of a spool that is another than it was; one that a crash left untold is told by a step."""
        if not self._is_known(book):
            log.warning("the spool is another than the ledger knows, judging begins with its first pack")
            self._restart(book)
        return book

    def _is_known(self, book: _Book) -> bool:
        """Return whether the packs that were judged last, and cannot have gone, are where they were."""
        read, told = book.read, book.told
        after, live_after = self._spool.after, self._spool.live_after
        return (read.all <= told or _first(after(read.all - 1, 1)) == read.all) and (
            read.live <= max(told, read.all) or _first(live_after(read.live - 1, 1)) == read.live
        )

    def _restart(self, book: _Book) -> None:
        first = _Read(book.told, book.told)
        with self._sessions.begin() as session:
            if self._moved(session, book.read, first):
                book.read = first

    def _committed(self, book: _Book, rows: list[VerdictRow], records: Records, *, read: _Read) -> bool:
        """Write all in one transaction; False, and nothing written, where another process wrote since the book."""
        with self._sessions.begin() as session:
            if not cursors.moved(session, ROUNDS, was=book.round, now=book.round + 1):
                return False
            self._moved(session, book.read, read)
            cursors.moved(session, MILK, was=book.heeded, now=book.milk.through)
            book.memory.keep(session)
            records.write(session, now_ms=self._clock.now_ms())
            session.add_all(rows)
        book.memory.adopt()
        book.read, book.round, book.heeded = read, book.round + 1, book.milk.through
        return True

    @staticmethod
    def _moved(session: Session, was: _Read, now: _Read) -> bool:
        """Move both cursors; False, and the caller's transaction worth nothing, where one stood elsewhere."""
        return cursors.moved(session, CONSUMER, was=was.all, now=now.all) and cursors.moved(
            session, LIVE, was=was.live, now=now.live
        )


def _first(packs: list[Spooled]) -> int:
    return packs[0].position if packs else 0
