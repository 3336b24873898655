"""A real agent, a real broker and the server's own ingest: what goes missing is asked for and comes back."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import DeclaredClock, SetClock
from coldchain_contract.messages import Status
from coldchain_contract.sequences import Sequences
from coldchain_device.agent import Agent
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_server.actions import Actions
from coldchain_server.asking.requests import Action
from coldchain_server.asking.twins import Voices
from coldchain_server.asking.watch import GapWatch
from coldchain_server.fleet.model import Role
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.tables import DeviceIdentityRow, DeviceStatusRow, FindingRow, LossRow, RequestRow
from coldchain_server.viewer import Viewer
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from invented.small_fleet import COOLER, ENROLLED_MS, INEKAR, NOW_MS, PI, PROBE, SECOND_PROBE, fleet
from servers.mosquitto import Mosquitto
from servers.process import eventually

MINUTE_MS = 60_000


class Site:
    """One cooler and its box, and a server that can lose its disk."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder, self.broker = folder, broker
        self.clock: SetClock | DeclaredClock = SetClock(NOW_MS)
        self.tree = W1Tree(folder / "w1" / "devices", staging=folder / "w1" / "staging")
        for probe in (PROBE, SECOND_PROBE):
            self.tree.show(probe, shown_value(4.0))
        self.apps: list[App] = []
        self.ingests: list[Ingest] = []
        self.agents: list[Agent] = []
        self.server("first")

    def server(self, name: str) -> None:
        """Begin a server with an empty disk of its own."""
        for ingest in self.ingests:
            ingest.close()
        mqtt = IngestSettings(port=self.broker.port, batch_seconds=0.01)
        self.app = App(ServerSettings(data=str(self.folder / name), mqtt=mqtt), clock=self.clock, fleet=fleet())
        self.apps.append(self.app)
        enrol_all(self.app.fleet(), sessions=self.app.sessions(), at_ms=ENROLLED_MS)
        self.ingest = Ingest(
            mqtt, spool=self.app.spool(), sessions=self.app.sessions(), fleet=fleet(), clock=self.clock
        )
        self.ingests.append(self.ingest)
        self.gaps = GapWatch(sessions=self.app.sessions(), spool=self.app.spool(), fleet=fleet(), clock=self.clock)

    def agent(self, name: str = "card") -> Agent:
        given = DeviceSettings(
            site=INEKAR,
            device=PI,
            data_folder=self.folder / name,
            w1_folder=self.folder / "w1" / "devices",
            mqtt=MqttSettings(host="127.0.0.1", port=self.broker.port, confirm_s=0.5, longest_reconnect_s=1),
            placements=(PlacementSettings(probe=PROBE, unit=COOLER),),
            outputs=OutputSettings(console=False),
        )
        agent = Agent(given, clock=self.clock)
        self.agents.append(agent)
        agent.start()
        return agent

    def later(self, minutes: int) -> None:
        assert isinstance(self.clock, SetClock)
        self.clock.set(self.clock.now_ms() + minutes * MINUTE_MS)

    def rounds(self, agent: Agent, minutes: int) -> None:
        for _ in range(minutes):
            self.later(1)
            agent.sample()

    def runs_fast(self) -> None:
        """Let an hour pass each minute from now on, so that boxes can tell how long they have been up."""
        self.clock = DeclaredClock(origin_ms=NOW_MS, rate=60, started=time.monotonic(), monotonic=time.monotonic)
        self.server("fast")

    def until(self, condition: Callable[[], object]) -> None:
        def stepped() -> object:
            self.ingest.step()
            return condition()

        eventually(stepped, within=20)

    def requests(self) -> list[RequestRow]:
        with self.app.sessions()() as session:
            return list(session.scalars(select(RequestRow).order_by(RequestRow.created_ms)))

    def findings(self) -> list[FindingRow]:
        with self.app.sessions()() as session:
            return list(session.scalars(select(FindingRow)))

    def close(self) -> None:
        for agent in self.agents:
            agent.stop()
        for ingest in self.ingests:
            ingest.close()
        for app in self.apps:
            app.close()


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path, mosquitto)
    yield made
    made.close()


def test_a_server_that_lost_its_disk_gets_back_what_the_card_still_has(site: Site) -> None:
    agent = site.agent()
    site.rounds(agent, 30)
    agent._uplink.send_now()
    site.until(lambda: agent.outbox.depth() == 0)
    site.server("second")
    site.until(lambda: site.ingest._session.connected)
    taken = Sequences.span(1, agent.outbox.extent().highest_sequence)
    agent._uplink.say_status()
    site.until(lambda: _knows(site, agent))
    site.later(3)
    site.gaps()
    assert [row.sequences for row in site.requests()] == [str(taken)]
    site.until(lambda: site.app.spool().received(agent.outbox.id) == taken)
    site.until(lambda: site.requests()[0].state == "done")
    site.until(lambda: agent.outbox.depth() == 0)


def test_what_the_card_no_longer_has_when_it_is_asked_for_is_named_as_lost(site: Site) -> None:
    agent = site.agent()
    site.rounds(agent, 30)
    agent._uplink.send_now()
    site.until(lambda: agent.outbox.depth() == 0)
    site.server("second")
    site.until(lambda: site.ingest._session.connected)
    agent._uplink.say_status()
    site.until(lambda: _knows(site, agent))
    site.later(3)
    agent.outbox.make_room(10)
    site.gaps()
    site.until(lambda: site.requests()[0].state == "done")
    with site.app.sessions()() as session:
        assert [(row.sequences, row.why) for row in session.scalars(select(LossRow))] == [("1-10", "gone")]
    rest = Sequences.span(11, agent.outbox.extent().highest_sequence)
    site.until(lambda: site.app.spool().received(agent.outbox.id) == rest)


def test_a_technician_has_a_box_read_at_once_and_hears_that_it_did(site: Site) -> None:
    agent = site.agent()
    site.until(lambda: _heard(site))
    actions = Actions(sessions=site.app.sessions(), fleet=fleet(), clock=site.clock)
    actions.ask(Viewer(name="amadou", role=Role.TECHNICIAN), PI, Action.READ)
    site.until(lambda: 1 in site.app.spool().received(agent.outbox.id))
    site.until(lambda: site.requests()[0].state == "done")


def test_two_boxes_with_one_identity_are_found(site: Site) -> None:
    site.runs_fast()
    site.agent("one")
    site.agent("other")
    site.until(site.findings)
    (found,) = site.findings()
    assert (found.device, found.kind, found.ended_ms) == (PI, "two-boxes", None)
    assert {str(agent.outbox.id) for agent in site.agents} <= set(found.detail.replace(",", "").split())


def test_a_box_that_restarts_is_one_box(site: Site) -> None:
    site.runs_fast()
    for boots in (1, 2, 3):
        agent = site.agent()
        site.until(partial(_heard, site, boots=boots))
        agent.stop()
    assert site.findings() == []


def _heard(site: Site, *, boots: int = 1) -> bool:
    with site.app.sessions()() as session:
        row = session.get(DeviceIdentityRow, PI)
        return row is not None and len(msgspec.json.decode(row.seen, type=Voices).heard) >= boots


def _knows(site: Site, agent: Agent) -> bool:
    """Whether the server has heard how far the outbox of `agent` reaches, and that nothing of it waits."""
    with site.app.sessions()() as session:
        row = session.get(DeviceStatusRow, PI)
        status = msgspec.json.decode(row.status, type=Status) if row else None
    highest = agent.outbox.extent().highest_sequence
    return status is not None and (status.highest_sequence, status.unconfirmed) == (highest, 0)
