"""Sites that work before a box of ours arrives: a Zigbee sensor, a thermometer by SMS, a Fridge-tag at the visit."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.commands.enrol import enrolments
from coldchain_app.demo.draining import all_told
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock, milliseconds
from coldchain_contract.settings import Secret
from coldchain_dashboards.settings import WebSettings
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.importing import Summary, import_file
from coldchain_server.ingest.reception import Known
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ledger.tables import IncidentRow, LatestRow, NotificationRow
from coldchain_server.queries import Queries
from coldchain_server.queries.values import UnitNow
from coldchain_server.store.totals import stored_totals
from coldchain_server.viewer import Viewer
from invented.logger_files import day, fridge_tag
from invented.sourced_fleet import AMINATA, COOLER, PLACES, TEXT, ZIGBEE, ZIGBEE_PROBE, sourced_fleet
from servers.mosquitto import Mosquitto
from servers.process import eventually
from servers.speaker import Speaker

DAWN_MS = milliseconds(datetime(2026, 11, 22, 6, 0, tzinfo=UTC))
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
KEY = "a-long-and-unlikely-key"
BY_HAND = TEXT + "\n\n".join(place for place in PLACES.split("\n\n") if "probe" not in place)
EVERYBODY = Viewer(name="technician", role=Role.TECHNICIAN)


class Site:
    """A whole server for a site without a box, and the hours of its day."""

    def __init__(self, folder: Path, broker: Mosquitto, fleet: Fleet) -> None:
        self.folder, self.broker, self.clock = folder, broker, SetClock(DAWN_MS)
        settings = ServerSettings(
            data=str(folder / "server"),
            mqtt=IngestSettings(port=broker.port, batch_seconds=0.01),
            web=WebSettings(port=0, sms_key=Secret(KEY)),
        )
        self._settings, self._fleet = settings, fleet
        self.sent = 0
        self._open()

    def _open(self) -> None:
        self.app = App(self._settings, clock=self.clock, fleet=self._fleet)
        self.server = Server(self.app, only=(*STAGES, "pages"))
        self.server.start()

    def restart(self) -> None:
        self.server.stop()
        self._open()

    def hour(self, hours: float) -> None:
        """Let it be so many hours after dawn."""
        self.clock.set(DAWN_MS + round(hours * HOUR_MS))

    def text(self, body: str) -> str:
        """Send an SMS through a gateway, and let the time pass in which it can be undone."""
        assert self.server.web is not None
        address = f"http://127.0.0.1:{self.server.web.port}/hooks/sms?key={KEY}"
        form = urlencode({"from": AMINATA, "text": body, "id": f"{self.clock.now_ms()}"}).encode()
        with urlopen(address, form, timeout=10) as answer:
            said: str = answer.read().decode()
        self.clock.set(self.clock.now_ms() + 3 * MINUTE_MS)
        self.sent += 1
        self.settle()
        return said

    def settle(self) -> None:
        """Wait until what was sent is judged and whoever is to be told has been."""
        eventually(self._settled, within=20, what="the chain did not settle")

    def _settled(self) -> bool:
        return self.app.spool().position("judging") >= self.sent and all_told(self.app.sessions())

    def bring(self, text: str) -> Summary:
        """Import a file that a technician brought."""
        file = self.folder / "brought.txt"
        file.write_text(text, encoding="utf-8")
        context = ImportContext(known=Known.of(self._fleet, {}), now_ms=self.clock.now_ms(), keys={})
        return import_file(file, context, spool=self.app.spool())

    def unit(self) -> UnitNow:
        app = self.app
        queries = Queries(
            sessions=app.sessions(), fleet=app.fleet(), store=app.store(), clock=app.clock, spool=app.spool()
        )
        return queries.unit(EVERYBODY, COOLER).now

    def incidents(self) -> list[tuple[str, str, str]]:
        with self.app.sessions()() as session:
            rows = session.scalars(select(IncidentRow).order_by(IncidentRow.id))
            return [(row.reason, row.level, row.state) for row in rows]

    def messages(self) -> list[str]:
        with self.app.sessions()() as session:
            rows = session.scalars(select(NotificationRow).order_by(NotificationRow.id))
            return [row.text for row in rows if row.contact == "aminata"]


@pytest.fixture
def by_hand(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    site = Site(tmp_path, mosquitto, sourced_fleet(BY_HAND))
    yield site
    site.server.stop()


@pytest.fixture
def with_zigbee(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    site = Site(tmp_path, mosquitto, sourced_fleet())
    enrolments(site.app).enrol(ZIGBEE, since_ms=DAWN_MS - HOUR_MS)
    yield site
    site.server.stop()


@pytest.mark.timeout(120)
def test_a_site_with_a_thermometer_a_phone_and_a_fridge_tag(by_hand: Site) -> None:
    # 06:00: cold. What the phone says is said back, and the page says that somebody typed it.
    assert by_hand.text("1 4,5").startswith("Glacière 1: 4,5 C à 06:00, noté.")
    unit = by_hand.unit()
    assert unit.temperature is not None
    assert (unit.temperature.celsius, unit.temperature.confidence.value, unit.light.value) == (4.5, "low", "green")

    # 12:00 and 13:30: warm both times. One is a fill; two, with nothing else known between, are a breach.
    by_hand.hour(6)
    assert "gardez fermé" in by_hand.text("1 12,5")
    assert by_hand.incidents() == []
    by_hand.hour(7.5)
    by_hand.text("1 12")
    assert by_hand.incidents() == [("too-warm", "critical", "open")]
    assert by_hand.messages()[-1].startswith("Glacière 1, Ménaka: trop chaud depuis")

    # 15:00 to 17:00: cold again, twice.
    for hour in (9, 11):
        by_hand.hour(hour)
        by_hand.text("1 4")
    assert by_hand.incidents() == [("too-warm", "critical", "resolved")]

    # 18:00: the technician brings last week's Fridge-tag, twice. It was warm; that is no news, and counts once.
    by_hand.hour(12)
    brought = fridge_tag(
        day("2026-11-16", "+2.0", "05:00", "+24.0", "14:00"), day("2026-11-17", "+2.0", "05:00", "+24.0", "14:00")
    )
    assert [(by_hand.bring(brought).new, by_hand.bring(brought).known)] == [(4, 4)]
    by_hand.sent += 1
    by_hand.settle()
    assert len(by_hand.incidents()) == 1

    eventually(lambda: by_hand.app.spool().depth() == 0)
    totals = stored_totals(by_hand.app.store())
    assert (totals.stored, totals.duplicates) == (9, 0)


@pytest.mark.timeout(120)
def test_a_zigbee_sensor_raises_an_incident_and_ends_it_and_what_the_broker_kept_counts_once(
    with_zigbee: Site, mosquitto: Mosquitto
) -> None:
    site = with_zigbee
    with Speaker(mosquitto) as gateway:

        def tell(hours: float, celsius: float) -> None:
            site.hour(hours)
            message = {"temperature": celsius, "battery": 88, "last_seen": site.clock.now_ms() - 2000}
            gateway.publish("zigbee2mqtt/glaciere-1", json.dumps(message).encode(), retain=True)
            site.sent += 1
            site.settle()

        tell(0, 12.0)  # warm from the first: what gets warm at once is taken for milk poured in
        for half in range(1, 5):
            tell(half / 2, 12.0)
        assert site.incidents() == [("too-warm", "critical", "open")]
        assert site.messages()[0].startswith("Glacière 1, Ménaka: trop chaud")
        unit = site.unit()
        assert unit.temperature is not None
        assert (unit.temperature.celsius, unit.temperature.confidence.value) == (12.0, "medium")

        for _ in range(3):  # each time the broker says again what it kept
            site.restart()
        tell(2.5, 4.0)
        tell(3, 4.0)
        assert site.incidents() == [("too-warm", "critical", "resolved")]

    eventually(lambda: site.app.spool().depth() == 0)
    totals = stored_totals(site.app.store())
    assert (totals.stored, totals.duplicates) == (7, 0)
    with site.app.sessions()() as session:
        assert session.get_one(LatestRow, ZIGBEE_PROBE).value == 4.0
    assert site.app.spool().entries() == []
