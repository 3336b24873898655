"""Ingest over TLS: it speaks only to a broker that the right certificate vouches for."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.settings import Secret
from coldchain_server.enrolment import BrokerAdmin, BrokerAdminSettings, Enrolments
from coldchain_server.errors import BrokerRefused, BrokerUnavailable
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.spool.settings import SpoolSettings
from coldchain_server.spool.spool import Spool
from invented.small_fleet import NOW_MS, fleet
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import program


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key beside it."""
    certificate = tmp_path / "broker.crt"
    wanted = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=broker",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "broker.key"), "-out", str(certificate)]
    command = [program("openssl", "openssl"), "req", "-x509", *wanted, *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    return certificate


@pytest.fixture
def broker(certificate: Path, tmp_path: Path) -> Iterator[Mosquitto]:
    settings = f"certfile {certificate}\nkeyfile {certificate.with_suffix('.key')}"
    started = Mosquitto(tmp_path / "mosquitto", dynsec=True, settings=settings)
    started.server.start()
    yield started
    started.server.stop()


def administrator(broker: Mosquitto, certificate: Path) -> BrokerAdmin:
    settings = BrokerAdminSettings(username=ADMIN, password=Secret(ADMIN_PASSWORD))
    return BrokerAdmin(settings, host=broker.host, port=broker.port, tls=True, ca_file=str(certificate))


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    yield sessions_of(engine)
    engine.dispose()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=SpoolSettings().quota())
    yield opened
    opened.close()


def test_the_right_certificate_lets_ingest_and_the_administrator_speak(
    broker: Mosquitto, certificate: Path, sessions: Sessions, spool: Spool
) -> None:
    enrolments = Enrolments(
        sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS), broker=administrator(broker, certificate)
    )
    password = enrolments.enrol_server(username="coldchain-server", client_id="coldchain-server")
    settings = IngestSettings(port=broker.port, tls=True, ca_file=str(certificate), password=password)
    ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS))
    ingest.step()
    ingest.step()
    ingest.close()


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_nobody_vouches_for_is_not_spoken_to(broker: Mosquitto, sessions: Sessions, spool: Spool) -> None:
    settings = IngestSettings(port=broker.port, tls=True)
    ingest = Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS))
    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        ingest.step()


def test_a_file_of_certificates_that_is_not_there_is_named(sessions: Sessions, spool: Spool) -> None:
    settings = IngestSettings(tls=True, ca_file="/nowhere/ca.crt")
    with pytest.raises(BrokerRefused, match=r"ca_file '/nowhere/ca\.crt'"):
        Ingest(settings, spool=spool, sessions=sessions, fleet=fleet(), clock=SetClock(NOW_MS))
