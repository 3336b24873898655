"""The world of a story: a village, the server's own stages on a clock set by hand, and what people are told."""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock, milliseconds
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.reception import Arrival, Known, receive
from coldchain_server.ingest.words import enrolments
from coldchain_server.ledger.tables import IncidentRow, NotificationRow
from coldchain_simulator.scenario import Scenario
from scenarios.timeline.table import Told
from scenarios.timeline.village import MINUTE_MS, Village

ORIGIN_MS = milliseconds(datetime(2026, 4, 14, tzinfo=UTC))
ZONE = ZoneInfo("Africa/Bamako")
EVERY_MINUTES = 10
"""How often devices send and the server's stages run."""

_LONGEST_SMS = 160


class World:
    """Runs the village and the server together, as far as it is told to."""

    def __init__(self, folder: Path, scenario: Scenario, fleet: Fleet) -> None:
        self.village = Village(scenario)
        self.clock = SetClock(ORIGIN_MS)
        self.fleet = fleet
        self.app = App(ServerSettings(data=str(folder / "server")), clock=self.clock, fleet=fleet)
        enrol_all(fleet, sessions=self.app.sessions(), at_ms=ORIGIN_MS - MINUTE_MS)
        self._known = Known.of(fleet, enrolments(self.app.sessions()))
        self._opened = ExitStack()
        self.app.store().prepare()
        only = tuple(name for name in STAGES if name != "ingest")
        self._stages = Server(self.app, only=only).stages(self._opened)
        self._minute, self._leapt_ms, self._heard = 0, 0, 0

    def close(self) -> None:
        self._opened.close()
        self.app.close()

    def go_to(self, minute: int) -> None:
        """Let the time pass up to a minute of the story."""
        while self._minute < minute:
            self._minute += 1
            at_ms = ORIGIN_MS + self._minute * MINUTE_MS
            self.clock.set(at_ms + self._leapt_ms)
            self.village.minute(at_ms)
            if self._minute % EVERY_MINUTES == 0:
                self.deliver()
                self.settle()

    def leap(self, ahead_ms: int) -> None:
        """Let the server's clock be wrong by so much."""
        self._leapt_ms = ahead_ms
        self.clock.set(ORIGIN_MS + self._minute * MINUTE_MS + ahead_ms)

    def deliver(self) -> None:
        """Let every device that can send what it has."""
        at_ms = ORIGIN_MS + self._minute * MINUTE_MS
        for box in self.village.boxes.values():
            for topic, payload in box.send(at_ms):
                arrival = Arrival(topic=topic, payload=payload, received_ms=self.clock.now_ms())
                self.app.spool().admit(receive(arrival, self._known).items)

    def settle(self) -> None:
        """Run every stage until none has anything to do."""
        busy = True
        while busy:
            steps = [stage.step() for stage in self._stages]
            busy = any(steps)

    def told(self) -> Counter[Told]:
        """Return what people were told since the last time, after holding every text to the rules of speech."""
        with self.app.sessions()() as session:
            sent = (
                select(NotificationRow)
                .where(NotificationRow.state == "sent", NotificationRow.id > self._heard)
                .order_by(NotificationRow.id)
            )
            rows = list(session.scalars(sent))
            found = Counter(_told(session, row) for row in rows)
        self._hold_to_rules(rows)
        self._heard = max([self._heard, *(row.id for row in rows)])
        return found

    def _hold_to_rules(self, rows: Iterable[NotificationRow]) -> None:
        for row in rows:
            assert len(row.text) <= _LONGEST_SMS, row.text
            for word in ("safe", "sans danger", "goûte", "taste", "bouill", "boil"):
                assert word not in row.text.lower(), row.text


def _told(session: Session, row: NotificationRow) -> Told:
    incident = None if row.incident_id is None else session.get_one(IncidentRow, row.incident_id)
    if incident is None:
        return Told(row.contact, row.site, row.kind)
    return Told(row.contact, incident.unit or incident.site or "everywhere", incident.reason, row.kind, row.critical)
