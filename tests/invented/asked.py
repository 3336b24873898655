"""A ledger, a spool and one device that says how it is: what asking devices needs, without a broker."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from coldchain_contract.clock import SetClock
from coldchain_contract.messages import Answer, Request, Status, decode_message, encode_message
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking.outgoing import Outgoing
from coldchain_server.asking.watch import GapWatch
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, receive
from coldchain_server.ingest.words import enter
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, FindingRow, LossRow, RequestRow
from coldchain_server.spool.model import Accepted
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OTHER_PI, OUTBOX, PI, TIDERMENE, fleet, pack, reading

KNOWN = Known.of(
    fleet(),
    {
        PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS),
        OTHER_PI: Enrolled(site=TIDERMENE, since_ms=ENROLLED_MS),
    },
)


@dataclass
class Asked:
    """The server's side of asking; times are minutes after the beginning."""

    engine: Engine
    sessions: Sessions
    spool: Spool
    clock: SetClock = field(default_factory=lambda: SetClock(NOW_MS))

    def __post_init__(self) -> None:
        self.watch = GapWatch(sessions=self.sessions, spool=self.spool, fleet=fleet(), clock=self.clock)

    def later(self, minutes: float) -> None:
        self.clock.set(self.clock.now_ms() + round(minutes * 60_000))

    def receives(self, numbers: str) -> None:
        for low, high in Sequences.parse(numbers).ranges:
            readings = [reading(NOW_MS + number) for number in range(low, high + 1)]
            now_ms = self.clock.now_ms()
            taken = Accepted(site=INEKAR, device=PI, live=False, received_ms=now_ms, pack=pack(*readings, first=low))
            self.spool.admit([taken])

    def hears(self, *words: Status | Answer, retained: bool = False) -> None:
        heard = []
        for word in words:
            kind = Kind.STATUS if isinstance(word, Status) else Kind.ANSWER
            arrival = Arrival(
                topic=str(Topic(INEKAR, PI, kind)),
                payload=encode_message(word),
                received_ms=self.clock.now_ms(),
                retained=retained,
            )
            heard.append((arrival, receive(arrival, KNOWN)))
        enter(self.sessions, heard)

    def looks(self) -> None:
        """Let what is under way arrive, and look for gaps."""
        self.later(3)
        self.watch()

    def publishes(self) -> list[Request]:
        """Return what goes out now, as if a second had passed since the last time."""
        out = Outgoing(self.sessions).due(self.clock.now_ms())
        assert {topic for topic, _ in out} <= {Topic(INEKAR, PI, Kind.REQUEST)}
        return [decode_message(payload, Request) for _, payload in out]

    def requests(self) -> list[RequestRow]:
        with self.sessions() as session:
            return list(session.scalars(select(RequestRow).order_by(RequestRow.created_ms)))

    def losses(self) -> list[tuple[str, str]]:
        with self.sessions() as session:
            return [(row.sequences, row.why) for row in session.scalars(select(LossRow).order_by(LossRow.id))]

    def findings(self) -> list[FindingRow]:
        with self.sessions() as session:
            return list(session.scalars(select(FindingRow).order_by(FindingRow.id)))

    def close(self) -> None:
        self.spool.close()
        self.engine.dispose()


def opened_in(folder: Path, *, ledger: str = "") -> Asked:
    engine = open_ledger(ledger or f"sqlite:///{folder / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    spool = Spool(folder / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    return Asked(engine=engine, sessions=sessions_of(engine), spool=spool)


def said(highest: int, *, lowest: int = 1, waiting: str = "", **others: Any) -> Status:
    """Return what a device says that is well and whose outbox reaches from `lowest` to `highest`."""
    known = {"outbox": str(OUTBOX), "boot_id": "b", **others}
    return Status(
        at_ms=NOW_MS,
        online=True,
        lowest_sequence=lowest,
        highest_sequence=highest,
        unconfirmed=len(Sequences.parse(waiting)) if waiting else 0,
        waiting=waiting,
        **known,
    )
