"""A device that does not know the time still gets through TLS, and is not deceived by what it does know."""

import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_device.agent import Agent
from coldchain_device.clock import PLAUSIBLE_FROM_MS, SystemClock
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings
from coldchain_device.timekeeping import Certain
from coldchain_device.uplink.certificate_dates import check_dates
from servers.mosquitto import Mosquitto
from servers.process import eventually, program

MARCH, MAY, JULY = (round(datetime(2030, month, 1, tzinfo=UTC).timestamp() * 1000) for month in (3, 5, 7))
IN_SPRING = {"notBefore": "Mar  1 00:00:00 2030 GMT", "notAfter": "May  1 00:00:00 2030 GMT"}


def certain(earliest_ms: int, latest_ms: int | None = None) -> Certain:
    return Certain(earliest_ms=earliest_ms, latest_ms=latest_ms)


@pytest.mark.parametrize(
    "now",
    [
        certain(MARCH, MARCH),
        certain(MAY, MAY),
        certain(PLAUSIBLE_FROM_MS),
        certain(MAY),
        certain(MARCH - 1000, MARCH),
        certain(MAY, MAY + 1000),
    ],
)
def test_a_certificate_is_good_on_every_day_that_it_may_be(now: Certain) -> None:
    check_dates(IN_SPRING, now)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (certain(JULY, JULY), "expired on May  1 00:00:00 2030"),
        (certain(MAY + 1), "expired"),
        (certain(PLAUSIBLE_FROM_MS, MARCH - 1), "not valid before Mar  1"),
    ],
)
def test_it_is_refused_with_the_reason_where_it_is_wrong_for_certain(now: Certain, says: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=says):
        check_dates(IN_SPRING, now)


@pytest.fixture
def broker_of_spring(tmp_path: Path) -> Iterator[tuple[Mosquitto, Path]]:
    """A real Mosquitto whose certificate is valid in the spring of 2030 only, which OpenSSL would refuse today."""
    key, request, certificate = (tmp_path / f"localhost.{kind}" for kind in ("key", "csr", "crt"))
    openssl = program("openssl", "openssl")
    (tmp_path / "index.txt").touch()
    (tmp_path / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=here\n[here]\ndatabase={tmp_path}/index.txt\nnew_certs_dir={tmp_path}\nrand_serial=yes\n"
        "default_md=sha256\npolicy=any\nx509_extensions=host\n[any]\ncommonName=supplied\n"
        "[host]\nsubjectAltName=DNS:localhost\nbasicConstraints=CA:TRUE\n"
    )
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    run = [openssl, "req", *kind, "-keyout", str(key), "-out", str(request)]
    sign = [openssl, "ca", "-config", str(tmp_path / "ca.cnf"), "-selfsign", "-batch", "-notext", "-keyfile", str(key)]
    dates = ["-startdate", "20300301000000Z", "-enddate", "20300501000000Z"]
    for command in (run, [*sign, *dates, "-in", str(request), "-out", str(certificate)]):
        subprocess.run(command, check=True, capture_output=True)
    broker = Mosquitto(tmp_path / "tls", settings=f"certfile {certificate}\nkeyfile {key}")
    broker.server.start()
    yield broker, certificate
    broker.server.stop()


@pytest.fixture
def agent_at(tmp_path: Path, broker_of_spring: tuple[Mosquitto, Path]) -> Iterator[Callable[[float], Agent]]:
    """Start an agent whose clock says so many seconds since 1970, and that it is synchronized."""
    broker, certificate = broker_of_spring
    mqtt = MqttSettings(host="localhost", port=broker.port, tls=True, ca_file=certificate, longest_reconnect_s=1)
    settings = DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        data_folder=tmp_path / "data",
        w1_folder=tmp_path,
        mqtt=mqtt,
        outputs=OutputSettings(console=False),
    )
    agents: list[Agent] = []

    def start(wall_s: float) -> Agent:
        synchronized = tmp_path / "synchronized"
        synchronized.touch()
        os.utime(synchronized, (wall_s, wall_s))
        clock = SystemClock(synchronized_file=synchronized, wall_s=lambda: wall_s)
        agents.append(Agent(settings, clock=clock))
        agents[-1].start()
        return agents[-1]

    yield start
    for agent in agents:
        agent.stop()


def test_a_device_in_1970_connects_by_tls(agent_at: Callable[[float], Agent]) -> None:
    agent = agent_at(60.0)
    eventually(lambda: agent._uplink._connection.connected, what="connected by TLS")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves refused sockets to the GC
def test_a_device_that_knows_better_refuses_what_has_expired(agent_at: Callable[[float], Agent]) -> None:
    agent = agent_at(JULY / 1000)
    eventually(lambda: "expired on May" in agent._uplink._connection.trouble, what="it says why")
    assert not agent._uplink._connection.connected
