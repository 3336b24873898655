"""A watched cooler whose readings also reach a store, so that what came late is judged anew."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_judgement import course
from coldchain_judgement.verdicts import Verdict
from coldchain_server.fleet.model import Fleet
from coldchain_server.judging.lateness import LONGEST_WAIT_MS
from coldchain_server.judging.rejudging import ReadingsInStore, Rejudging
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import DirtyRow, TimelineRow, VerdictRow
from coldchain_server.spool.model import Accepted
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.writing.stage import Writing
from invented.watched import DEVICE, MINUTE_MS, SITE, START_MS, Watched

Shown = tuple[str, str, str, int, int]
"""Rule, standing, reason, since, happened."""


class LateWatched(Watched):
    """`arrive` spools what came, `settle` lets time pass until every late reading is worked in."""

    def __init__(self, folder: Path, sessions: Sessions, *, fleet: Fleet | None = None) -> None:
        super().__init__(folder, sessions, fleet=fleet)
        self.store = SqliteStore(folder / "store.sqlite")
        self.writing = Writing(spool=self.spool, store=self.store)
        self.rejudging = self.rejudged()

    def close(self) -> None:
        self.store.close()
        super().close()

    def rejudged(self, store: ReadingsInStore | None = None) -> Rejudging:
        """Return a rejudging stage that knows nothing yet, as after a restart."""
        return Rejudging(
            spool=self.spool, store=store or self.store, sessions=self.sessions, fleet=self.fleet, clock=self.clock
        )

    def arrive(self, first: int, readings: Iterable[Reading], *, live: bool = False) -> None:
        """Spool a pack of readings numbered from `first` on, received now, and judge what is there."""
        taken = tuple(readings)
        pack = Pack(outbox=self._outbox, sequences=Sequences.span(first, first + len(taken) - 1), readings=taken)
        self.spool.admit([Accepted(site=SITE, device=DEVICE, live=live, received_ms=self.clock.now_ms(), pack=pack)])
        self._sequence = max(self._sequence, first + len(taken) - 1)
        self.judge()

    def write(self) -> None:
        while self.writing.step():
            pass

    def rejudge(self) -> None:
        """Take up everything that is due now, and judge what comes of it."""
        self.write()
        for _ in range(1000):
            if not self.due():
                break
            self.rejudging.step()
        else:
            raise AssertionError("rejudging comes to no end")
        self.clock.set(self.clock.now_ms() + 1000)  # judging asks once a second what it is offered
        self.judge()

    def settle(self) -> None:
        """Let so much time pass that nothing more of late readings is waited for."""
        self.clock.set(self.clock.now_ms() + LONGEST_WAIT_MS)
        self.judge()
        self.rejudge()

    def due(self) -> int:
        with self.sessions() as session:
            rows = session.scalars(select(DirtyRow).where(DirtyRow.due_ms <= self.clock.now_ms())).all()
            return len(rows)

    def dirty(self) -> list[DirtyRow]:
        with self.sessions() as session:
            return list(session.scalars(select(DirtyRow)))

    def timeline(self) -> list[Shown]:
        """Return what the timeline in the ledger shows, in order."""
        with self.sessions() as session:
            rows = session.scalars(select(TimelineRow).order_by(TimelineRow.at_ms, TimelineRow.id)).all()
            return [(row.rule, row.standing, row.reason, row.since_ms, row.happened_ms) for row in rows]

    def batch(self, readings: Iterable[Reading]) -> list[Shown]:
        """Return what a plain evaluation of all readings at once shows."""
        taken = list(readings)
        watch = Watches(self.fleet).of(taken[0].probe, taken[0].at_ms)
        assert watch is not None
        return [shown(verdict) for verdict in course.timeline(taken, watch.terms)]

    def past(self) -> list[VerdictRow]:
        return [row for row in self.rows() if row.past]


def shown(verdict: Verdict) -> Shown:
    return verdict.rule, verdict.standing.value, verdict.why.value, verdict.since_ms, verdict.happened_ms


def minute_ms(minute: float) -> int:
    return START_MS + round(minute * MINUTE_MS)
