"""What systemd hears: ready and alive only by rounds that were really read and committed."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_device.agent import Agent
from coldchain_device.notify import Systemd
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_device.tender import Tender
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.process import eventually, free_port

NOON = 1_772_539_200_000
MILK = urn_of_kernel_name("28-000000000001")


@pytest.fixture
def notify_socket(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(0.1)
        yield channel


def heard(channel: socket.socket) -> list[bytes]:
    said: list[bytes] = []
    while True:
        try:
            said.append(channel.recv(100))
        except TimeoutError:
            return said


@pytest.fixture
def agent(tmp_path: Path, notify_socket: socket.socket) -> Iterator[Agent]:
    """A device with one probe and no broker, as systemd would start it."""
    W1Tree(tmp_path / "w1", staging=tmp_path / "new").show(MILK, shown_value(4.0))
    settings = DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        data_folder=tmp_path / "data",
        w1_folder=tmp_path / "w1",
        mqtt=MqttSettings(host="127.0.0.1", port=free_port()),
        placements=(PlacementSettings(probe=MILK, unit=UnitId("cooler-1")),),
        outputs=OutputSettings(console=False),
    )
    made = Agent(settings, clock=SetClock(NOON), systemd=Systemd({"NOTIFY_SOCKET": notify_socket.getsockname()}))
    yield made
    made.stop()


def test_the_service_is_ready_once_the_first_sample_is_on_the_card(agent: Agent, notify_socket: socket.socket) -> None:
    agent.start()
    agent._tender.tend(0.0)
    assert heard(notify_socket) == []
    agent.sample()
    said: list[bytes] = []

    def hears_ready() -> bool:
        said.extend(heard(notify_socket))
        return b"READY=1" in said

    eventually(hears_ready, what="the tender says so by itself")
    agent.stop()
    assert said[0] == b"READY=1"
    assert said.count(b"READY=1") == 1


def test_a_card_that_takes_nothing_is_neither_ready_nor_alive(agent: Agent, notify_socket: socket.socket) -> None:
    agent.outbox.close()
    agent.sample()
    agent._tender.tend(1.0)
    assert heard(notify_socket) == []


def test_a_device_that_still_waits_for_its_config_is_ready(agent: Agent, notify_socket: socket.socket) -> None:
    agent.sample(only=[])
    agent._tender.tend(0.0)
    assert heard(notify_socket) == [b"READY=1", b"WATCHDOG=1"]


def test_stopping_is_said(notify_socket: socket.socket) -> None:
    Systemd({"NOTIFY_SOCKET": notify_socket.getsockname()}).stopping()
    assert heard(notify_socket) == [b"STOPPING=1"]


def test_without_systemd_nothing_is_said_and_nothing_fails() -> None:
    Systemd({}).ready()
    Systemd({"NOTIFY_SOCKET": "/no/such/socket"}).ready()


def test_the_watchdog_is_fed_only_while_rounds_are_really_kept(notify_socket: socket.socket) -> None:
    kept = 0
    tender = Tender(
        (),
        systemd=Systemd({"NOTIFY_SOCKET": notify_socket.getsockname()}),
        rounds_kept=lambda: kept,
        period_s=lambda: 60.0,
    )
    tender.tend(0.0)
    assert heard(notify_socket) == []
    kept = 1
    tender.tend(10.0)
    tender.tend(190.0)
    assert heard(notify_socket) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    tender.tend(191.0)
    assert heard(notify_socket) == []
    kept = 2
    tender.tend(400.0)
    assert heard(notify_socket) == [b"WATCHDOG=1"]


def test_a_task_that_fails_does_not_stop_the_others() -> None:
    done: list[int] = []

    def fail() -> None:
        raise RuntimeError("a test")

    tender = Tender((fail, lambda: done.append(1)), systemd=Systemd({}), rounds_kept=lambda: 0, period_s=lambda: 60.0)
    tender.tend(0.0)
    assert done == [1]
