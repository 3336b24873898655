"""With no `ca_file` the system's certificates are trusted, out of their folder, one at a time."""

import gc
import ssl
import subprocess
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_device.agent import Agent
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings
from servers.certificates import certify
from servers.mosquitto import Mosquitto
from servers.process import eventually, program


@pytest.fixture
def settings(tmp_path: Path) -> DeviceSettings:
    return DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        data_folder=tmp_path / "data",
        mqtt=MqttSettings(host="localhost", tls=True, connect_timeout_s=2, longest_reconnect_s=1),
        outputs=OutputSettings(console=False),
    )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves sockets to the GC
@pytest.mark.parametrize("kept_as", ["folder", "file"])
def test_a_broker_that_the_system_trusts_is_talked_to(
    settings: DeviceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_as: str
) -> None:
    made = certify(tmp_path, name="DNS:localhost")
    paths, folder = ssl.get_default_verify_paths(), tmp_path / "trusted"
    folder.mkdir()
    authority = folder / "authority.pem"
    authority.write_text(made.authority.read_text())
    if kept_as == "folder":
        subprocess.run([program("openssl", "openssl"), "rehash", str(folder)], check=True, capture_output=True)
        monkeypatch.setenv(paths.openssl_capath_env, str(folder))
    else:
        monkeypatch.setenv(paths.openssl_cafile_env, str(authority))
    broker = Mosquitto(tmp_path / "broker", settings=made.settings)
    broker.server.start()
    mqtt = msgspec.structs.replace(settings.mqtt, port=broker.port)
    agent = Agent(msgspec.structs.replace(settings, mqtt=mqtt), clock=SetClock(1_793_000_000_000))
    agent.start()
    try:
        _wait_until_connected(agent)
    finally:
        agent.stop()
        del agent
        gc.collect()
        broker.server.stop()


def _wait_until_connected(agent: Agent) -> None:
    eventually(lambda: agent._uplink._connection.connected, what="connected by TLS")
