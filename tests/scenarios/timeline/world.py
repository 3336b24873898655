"""The world of a story: a village, the server's own stages on a clock set by hand, and what people are told."""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock, milliseconds
from coldchain_contract.identifiers import SiteId
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_judgement.milk.events import Emptied, Event
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.actions import Actions, MilkTold, Text
from coldchain_server.errors import StoreUnavailable
from coldchain_server.fleet.model import Fleet, Role, Site
from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.incidents.handling import Handling
from coldchain_server.ingest.reception import Arrival, Known, receive
from coldchain_server.ingest.words import enrolments, enter
from coldchain_server.ledger.tables import FindingRow, IncidentRow, NotificationRow
from coldchain_server.queries import Queries
from coldchain_server.queries.milk import MilkNow
from coldchain_server.stage import Stage
from coldchain_server.store.settings import StoreSettings
from coldchain_server.viewer import Viewer
from coldchain_simulator.scenario import Scenario
from invented.browsing import signed_in
from invented.world import PASSWORD
from scenarios.timeline.table import Told
from scenarios.timeline.village import MINUTE_MS, Village

ORIGIN_MS = milliseconds(datetime(2026, 4, 14, tzinfo=UTC))
ZONE = ZoneInfo("Africa/Bamako")
EVERY_MINUTES = 10
"""How often devices send and the server's stages run."""

_LONGEST_SMS = 160


class World:
    """Runs the village and the server together, as far as it is told to."""

    def __init__(self, folder: Path, scenario: Scenario, fleet: Fleet, *, store: StoreSettings | None = None) -> None:
        self.village = Village(scenario)
        self.clock = SetClock(ORIGIN_MS)
        self.fleet = fleet
        store = msgspec.structs.replace(
            store or StoreSettings(), flush_interval=1
        )  # a second of rest is hours of a story
        self.app = App(ServerSettings(data=str(folder / "server"), store=store), clock=self.clock, fleet=fleet)
        enrol_all(fleet, sessions=self.app.sessions(), at_ms=ORIGIN_MS - MINUTE_MS)
        self._known = Known.of(fleet, enrolments(self.app.sessions()))
        self._opened = ExitStack()
        self.app.store().prepare()
        only = tuple(name for name in STAGES if name != "ingest")
        self._stages = Server(self.app, only=only).stages(self._opened)
        self._actions = Actions(sessions=self.app.sessions(), fleet=fleet, clock=self.clock)
        self._queries = Queries(
            sessions=self.app.sessions(),
            fleet=fleet,
            store=self.app.store(),
            clock=self.clock,
            spool=self.app.spool(),
        )
        self._minute, self._leapt_ms, self._heard, self._answers = 0, 0, 0, 0

    def page_for(self, role: Role, site: str) -> FlaskClient:
        """Return a browser in which somebody of a site is signed in."""
        pages = create_pages(queries=self._queries, actions=self._actions, settings=WebSettings(), clock=self.clock)
        self._actions.add_user(role.value, PASSWORD, role=role, site=site, language="en", who="test")
        return signed_in(pages, role.value)

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
            for message in box.send(at_ms):
                self._say(*message)
            if (status := box.status(at_ms)) is not None:
                self._say(*status)

    def _say(self, topic: str, payload: bytes) -> None:
        """Do with a message what ingest does."""
        arrival = Arrival(topic=topic, payload=payload, received_ms=self.clock.now_ms())
        received = receive(arrival, self._known)
        self.app.spool().admit(received.items)
        enter(self.app.sessions(), [(arrival, received)])

    def texts(self, who: str, body: str) -> str:
        """Let somebody send an SMS, and return what they are answered."""
        self._answers += 1
        sender = next(one.phone for one in self.fleet.contacts if one.id == who)
        reply = self._actions.answer_sms(Text(sender=sender, body=body, id=f"sms-{self._answers}"))
        self.settle()
        assert reply is not None
        self._hold_to_speech(reply, self.fleet.sites[next(one for one in self.fleet.sites)])
        return reply

    def calls(self, who: str) -> None:
        """Let somebody ring the line that means "heard", and hang up."""
        self._answers += 1
        caller = next(one.phone for one in self.fleet.contacts if one.id == who)
        self._actions.answer_missed_call(caller, LineAnswer.HEARD, call=f"call-{self._answers}")
        self.settle()

    def answers(self, who: str, handling: Handling) -> None:
        """Let somebody answer everything that is open on the pages."""
        viewer = Viewer(name=who, role=Role.TECHNICIAN)
        for incident in self.incidents():
            if incident.state == "open":
                self._actions.answer(viewer, incident.id, handling)
        self.settle()

    def tells(self, who: str, unit: str, event: Event) -> None:
        """Let somebody tell on the pages of the milk in a unit."""
        self._answers += 1
        viewer = Viewer(name=who, role=Role.TECHNICIAN)
        told = MilkTold(key=f"told-{self._answers}", unit=unit, event=event, who=who, channel="page")
        assert self._actions.tell_milk(viewer, told) is not None
        self.settle()

    def moves(self, who: str, unit: str, target: str) -> None:
        """Let somebody tell on the pages that milk went from one unit to another."""
        self._answers += 1
        emptied = Emptied(at_ms=self.clock.now_ms())
        told = MilkTold(key=f"told-{self._answers}", unit=unit, event=emptied, who=who, channel="page")
        assert self._actions.move_milk(Viewer(name=who, role=Role.TECHNICIAN), told, target=target, litres=None)
        self.settle()

    def tells_box(self, unit: str, milked: Milked) -> None:
        """Let somebody press one of the milk buttons of a unit's box."""
        self._say(*self.village.box_of(unit).milk(unit, milked, self.clock.now_ms()))
        self.settle()

    def takes_back(self, who: str, unit: str) -> None:
        """Let somebody take back what was told last of the milk in a unit."""
        viewer = Viewer(name=who, role=Role.TECHNICIAN)
        last = next(one for one in self.milk(unit).events if one.withdrawn_ms is None)
        assert self._actions.take_milk_back(viewer, last.id, channel="page")
        self.settle()

    def milk(self, unit: str) -> MilkNow:
        """Return what the pages show of the milk in a unit."""
        milk = self._queries.milk(Viewer(name="technician", role=Role.TECHNICIAN), unit)
        assert milk is not None
        return milk

    def card(self, unit: str) -> str:
        """Return what the card of a unit says: what to do and by when."""
        advice = self.milk(unit).advice
        return f"{advice.action.value} {advice.when.value}"

    def presses(self, unit: str) -> None:
        """Let somebody press the button of a unit's box."""
        self._say(*self.village.box_of(unit).button(unit, self.clock.now_ms()))
        self.settle()

    def incidents(self) -> list[IncidentRow]:
        with self.app.sessions()() as session:
            return list(session.scalars(select(IncidentRow).order_by(IncidentRow.id)))

    def states(self) -> list[str]:
        """Return each incident as `reason state handling`, in order."""
        return [" ".join(filter(None, (one.reason, one.state, one.handling))) for one in self.incidents()]

    def findings(self) -> list[tuple[str, str]]:
        """Return the findings that stand: the unit or device, and what is wrong with it."""
        with self.app.sessions()() as session:
            rows = session.scalars(select(FindingRow).where(FindingRow.ended_ms.is_(None)).order_by(FindingRow.id))
            return [(row.unit or row.device, row.kind) for row in rows]

    def settle(self) -> None:
        """Run every stage until none has anything to do."""
        busy = True
        while busy:
            steps = [_stepped(stage) for stage in self._stages]
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
            site = self.fleet.sites[SiteId(row.site)] if row.site else None
            self._hold_to_speech(row.text, site, at_ms=row.sent_ms)

    def _hold_to_speech(self, text: str, site: Site | None, *, at_ms: int | None = None) -> None:
        assert len(text) <= _LONGEST_SMS, text
        for word in ("safe", "sans danger", "goûte", "taste", "boil"):
            assert word not in text.lower(), text
        if "bouill" in text.lower():
            assert "pour personne" not in text, text
            assert "Ni boire" not in text, text
        local = None if site is None else site.local(at_ms or self.clock.now_ms()).time()
        if site is not None and local is not None and site.in_curfew(local):
            assert text.endswith("Ne sortez pas."), text


def _stepped(stage: Stage) -> bool:
    """Let a stage take a step; where the store is away it tries again later, as with whoever runs it in the field."""
    try:
        return stage.step()
    except StoreUnavailable:
        return False


def _told(session: Session, row: NotificationRow) -> Told:
    incident = None if row.incident_id is None else session.get_one(IncidentRow, row.incident_id)
    if incident is None:
        return Told(row.contact, row.site, row.kind)
    return Told(row.contact, incident.unit or incident.site or "everywhere", incident.reason, row.kind, row.critical)
