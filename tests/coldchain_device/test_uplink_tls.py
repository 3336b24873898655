"""Links that are encrypted: resumed where that saves bytes, and whole whatever is sent while something comes in."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import Request
from coldchain_contract.topics import Kind, Topic
from coldchain_device.agent import Agent
from coldchain_device.errors import BadCertificates
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.certificates import Certified, certify
from servers.mosquitto import Mosquitto
from servers.process import eventually, free_port
from stand_ins.ingest import StandInIngest

NOON, MINUTE = 1_772_539_200_000, 60_000
MILK = urn_of_kernel_name("28-000000000001")
HERE = Topic(SiteId("menaka"), DeviceId("pi-1"), Kind.REQUEST)


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    return certify(tmp_path, name="DNS:localhost")


@pytest.fixture
def encrypted_port() -> int:
    return free_port()


@pytest.fixture
def broker(tmp_path: Path, certified: Certified, encrypted_port: int) -> Iterator[Mosquitto]:
    """A real Mosquitto; its second port speaks TLS."""
    made = Mosquitto(tmp_path / "broker", settings=f"listener {encrypted_port} 127.0.0.1\n{certified.settings}")
    made.server.start()
    yield made
    made.server.stop()


@pytest.fixture
def agent(tmp_path: Path, broker: Mosquitto, certified: Certified, encrypted_port: int) -> Iterator[Agent]:
    W1Tree(tmp_path / "w1", staging=tmp_path / "new").show(MILK, shown_value(4.0))
    mqtt = MqttSettings(
        host="localhost", port=encrypted_port, tls=True, ca_file=certified.authority, longest_reconnect_s=1
    )
    made = Agent(
        DeviceSettings(
            site=HERE.site,
            device=HERE.device,
            data_folder=tmp_path / "data",
            w1_folder=tmp_path / "w1",
            mqtt=mqtt,
            placements=(PlacementSettings(probe=MILK, unit=UnitId("cooler-1")),),
            outputs=OutputSettings(console=False),
        ),
        clock=SetClock(NOON),
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(broker: Mosquitto) -> Iterator[StandInIngest]:
    opened = StandInIngest(port=broker.port, server_time_ms=NOON)
    yield opened
    opened.close()


def encrypted(agent: Agent) -> ssl.SSLSocket:
    link = agent._uplink._connection._link
    assert link is not None
    sock = link._client.socket()
    assert isinstance(sock, ssl.SSLSocket)
    return sock


def test_a_new_link_resumes_the_session_of_the_last(agent: Agent, server: StandInIngest) -> None:
    agent.sample()
    assert agent.flush(10)
    assert not encrypted(agent).session_reused
    agent._uplink._connection._began_s = float("-inf")
    agent._uplink.reconnect()
    eventually(lambda: agent._uplink._connection.connections == 2, what="connected anew")
    assert encrypted(agent).session_reused


def test_what_is_sent_while_much_comes_in_breaks_no_link(agent: Agent, server: StandInIngest) -> None:
    eventually(lambda: server.of(Kind.STATUS), what="connected")
    for number in range(150):
        server.say(HERE, Request(id=str(number), action="identify", expires_ms=NOON + MINUTE))
        agent._uplink.say_status()
        agent.sample()
        agent._uplink.send_now()
    eventually(lambda: len(server.of(Kind.ANSWER)) == 150, what="every request is answered")
    assert agent._uplink._connection.connections == 1


def test_certificates_that_are_none_are_named_with_their_setting(tmp_path: Path) -> None:
    settings = DeviceSettings(
        site=HERE.site,
        device=HERE.device,
        data_folder=tmp_path,
        mqtt=MqttSettings(tls=True, ca_file=tmp_path / "ca.crt"),
    )
    with pytest.raises(BadCertificates, match=r"mqtt\.ca_file .*/ca\.crt"):
        Agent(settings, clock=SetClock(NOON))
