"""Judging as a stage: takes spooled packs after its cursor, and the time; leaves verdicts, states, newest readings."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from coldchain_contract.clock import Clock
from coldchain_server.fleet.model import Fleet
from coldchain_server.judging.bench import Bench
from coldchain_server.judging.listening import Listening
from coldchain_server.judging.memory import Memory
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger import cursors
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import VerdictRow
from coldchain_server.spool.model import Spooled

CONSUMER = "judging"
ROUNDS = "judging-rounds"
"""The cursor that counts judging's transactions, so that one process never goes on from what another has changed."""

_PACKS_AT_ONCE = 50

log = structlog.get_logger()


class SpoolToJudge(Protocol):
    """What judging needs of the spool."""

    def after(self, position: int, limit: int) -> list[Spooled]: ...

    def position(self, consumer: str) -> int: ...

    def advance(self, consumer: str, position: int) -> None: ...


class _Book(msgspec.Struct, kw_only=True):
    """What the ledger said after this process's last transaction; silence is judged again from `next_ms` on."""

    memory: Memory
    position: int
    round: int
    next_ms: int = 0


class Judging:
    """Judges what was spooled, beside the store writer: a store that is away delays no verdict.

    Verdicts, states, newest readings and cursor are one transaction; what a crash undoes is judged again to the same
    end. Several processes may judge one spool: whoever comes second drops what it did and reads the ledger again.
    """

    name = "judging"

    def __init__(self, *, spool: SpoolToJudge, sessions: Sessions, fleet: Fleet, clock: Clock) -> None:
        self._spool, self._sessions, self._clock = spool, sessions, clock
        self._watches = Watches(fleet)
        self._listening = Listening()
        self._book: _Book | None = None

    def step(self) -> bool:
        """Judge one batch and, once nothing waits, silence.

        Raises `SpoolUnavailable` or `LedgerUnavailable`; the batch is then judged again.
        """
        book, self._book = self._book or self._opened(), None  # whoever fails below reads the ledger again
        packs = self._spool.after(book.position, _PACKS_AT_ONCE)
        more = len(packs) == _PACKS_AT_ONCE
        rows = self._judged(book, packs, more=more)
        if packs or rows or book.memory.has_news:
            if not self._committed(book, rows, position=packs[-1].position if packs else book.position):
                return True
            if packs:
                self._spool.advance(CONSUMER, book.position)
        self._book = book
        return more

    def _judged(self, book: _Book, packs: Sequence[Spooled], *, more: bool) -> list[VerdictRow]:
        """Judge into the book's memory; while packs wait, nobody is judged silent, as they may be about to be heard."""
        now_ms = self._clock.now_ms()
        if not self._listening.goes_on(now_ms):
            book.next_ms = 0
        bench = Bench(self._watches, book.memory, now_ms=now_ms, listening_since_ms=self._listening.since_ms)
        due = now_ms >= book.next_ms
        rows = list(bench.withdrawals()) if due else []
        for pack in packs:
            rows += bench.pack(pack)
        if due or bench.heard_anew:
            book.next_ms = 0
            if not more:
                rows += bench.silence()
                book.next_ms = bench.next_ms()
        return rows

    def _opened(self) -> _Book:
        cursors.begin(self._sessions, CONSUMER)
        cursors.begin(self._sessions, ROUNDS)
        with self._sessions.begin() as session:
            # The round first: where another process commits in between, it is ours that is refused.
            book = _Book(
                round=cursors.position(session, ROUNDS),
                position=cursors.position(session, CONSUMER),
                memory=Memory(session),
            )
        return self._caught_up(book)

    def _caught_up(self, book: _Book) -> _Book:
        """Tell the spool what a crash kept from it; begin at the start of a spool that is another than it was."""
        known = self._spool.position(CONSUMER)
        if book.position > known:
            if [pack.position for pack in self._spool.after(book.position - 1, 1)] == [book.position]:
                self._spool.advance(CONSUMER, book.position)
            else:
                log.warning("the spool is another than the ledger knows, judging begins with its first pack")
                self._restart(book, known)
        return book

    def _restart(self, book: _Book, position: int) -> None:
        with self._sessions.begin() as session:
            if cursors.moved(session, CONSUMER, was=book.position, now=position):
                book.position = position

    def _committed(self, book: _Book, rows: list[VerdictRow], *, position: int) -> bool:
        """Write all in one transaction; False, and nothing written, where another process wrote since the book."""
        with self._sessions.begin() as session:
            if not cursors.moved(session, ROUNDS, was=book.round, now=book.round + 1):
                return False
            cursors.moved(session, CONSUMER, was=book.position, now=position)
            book.memory.keep(session)
            session.add_all(rows)
        book.memory.adopt()
        book.position, book.round = position, book.round + 1
        return True
