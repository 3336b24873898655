"""A box shouts, somebody answers by phone, and the box turns steady: the whole way over a real broker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_device.agent import Agent
from coldchain_device.alarm.presses import Press
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_judgement.light import Light
from coldchain_server.actions import Actions
from coldchain_server.asking.steadying import Steadying
from coldchain_server.fleet.model import Role
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.stage import Incidents
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.tables import IncidentRow, LocalAlarmRow, RequestRow
from coldchain_server.viewer import Viewer
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from invented.small_fleet import COOLER, ENROLLED_MS, INEKAR, NOW_MS, PI, PROBE, SECOND_PROBE, fleet
from servers.mosquitto import Mosquitto
from servers.process import eventually

PRESIDENT = Viewer(name="fatou", role=Role.COOPERATIVE, site=INEKAR)


class Site:
    """A cooler with its box, and the parts of a server that stand between a person's answer and the box."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.clock = SetClock(NOW_MS)
        self.tree = W1Tree(folder / "w1" / "devices", staging=folder / "w1" / "staging")
        mqtt = IngestSettings(port=broker.port, batch_seconds=0.01)
        self.app = App(ServerSettings(data=str(folder / "server"), mqtt=mqtt), clock=self.clock, fleet=fleet())
        sessions = self.app.sessions()
        enrol_all(self.app.fleet(), sessions=sessions, at_ms=ENROLLED_MS)
        self.ingest = Ingest(mqtt, spool=self.app.spool(), sessions=sessions, fleet=fleet(), clock=self.clock)
        self.incidents = Incidents(sessions=sessions, fleet=fleet(), clock=self.clock)
        self.steadying = Steadying(sessions=sessions, fleet=fleet(), clock=self.clock)
        self.actions = Actions(sessions=sessions, fleet=fleet(), clock=self.clock)
        self.agent = Agent(
            DeviceSettings(
                site=INEKAR,
                device=PI,
                data_folder=folder / "card",
                w1_folder=folder / "w1" / "devices",
                mqtt=MqttSettings(host="127.0.0.1", port=broker.port, confirm_s=0.5, longest_reconnect_s=1),
                placements=(PlacementSettings(probe=PROBE, unit=COOLER),),
                outputs=OutputSettings(console=False),
            ),
            clock=self.clock,
        )
        self.show(4.0)
        self.agent.start()
        self.until(lambda: self.agent._plan.version)

    def show(self, celsius: float) -> None:
        for probe in (PROBE, SECOND_PROBE):
            self.tree.show(probe, shown_value(celsius))

    def rounds(self, celsius: float, minutes: int) -> None:
        self.show(celsius)
        for _ in range(minutes):
            self.clock.set(self.clock.now_ms() + 60_000)
            self.agent.sample()

    def until(self, condition: Callable[[], object]) -> None:
        def stepped() -> object:
            self.ingest.step()
            self.incidents.step()
            self.steadying()
            return condition()

        eventually(stepped, within=20)

    def shouts(self) -> bool:
        return self.agent._box.alarm._scene().shouts

    def incident(self) -> IncidentRow | None:
        with self.app.sessions()() as session:
            return session.scalars(select(IncidentRow).where(IncidentRow.unit == COOLER)).first()

    def words(self) -> list[tuple[str, str, bool]]:
        with self.app.sessions()() as session:
            rows = session.scalars(select(LocalAlarmRow).order_by(LocalAlarmRow.id)).all()
            return [(row.change, row.why, row.asked) for row in rows]

    def silences(self) -> list[tuple[str, str, str]]:
        with self.app.sessions()() as session:
            rows = session.scalars(select(RequestRow).where(RequestRow.action == "silence")).all()
            return [(row.unit, row.whys, row.state) for row in rows]

    def close(self) -> None:
        self.agent.stop()
        self.ingest.close()
        self.app.close()


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path, mosquitto)
    yield made
    made.close()


def test_a_box_turns_steady_once_somebody_has_answered_elsewhere(site: Site) -> None:
    site.rounds(4.0, 2)
    site.rounds(8.5, 31)
    assert site.agent.light(COOLER) is Light.RED
    assert site.shouts()
    site.until(site.incident)
    found = site.incident()
    assert found is not None
    assert (found.reason, found.state, site.silences()) == ("too-warm", "open", [])
    site.actions.answer(PRESIDENT, found.id, Handling.HEARD)
    site.until(lambda: site.silences() == [(COOLER, "too-warm", "done")])
    assert not site.shouts()
    assert site.agent.light(COOLER) is Light.RED
    site.until(lambda: ("heard", "too-warm", True) in site.words())
    assert len(site.silences()) == 1


def test_whoever_answers_at_the_button_has_answered_the_servers_incident(site: Site) -> None:
    site.rounds(4.0, 2)
    site.rounds(8.5, 31)
    site.until(site.incident)
    site.clock.set(site.clock.now_ms() + 1000)
    site.agent.press_button(Press.SHORT)
    site.until(lambda: (row := site.incident()) is not None and row.state == "acknowledged")
    site.until(lambda: ("heard", "too-warm", False) in site.words())
    assert site.silences() == []
