"""The whole way to a phone and back, by the server as it runs and the real gammu-smsd: told, answered, and said so."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.real_clock import RealClock
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_server.fleet.model import Fleet
from coldchain_server.gateways.modem import came
from coldchain_server.gateways.settings import ModemSettings
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.notifications.settings import NotificationSettings
from invented.found import find_too_warm
from scenarios.chain import fleet
from servers.gammu import GammuSmsd
from servers.process import eventually

NUMBER = "+22370000001"


def fleet_with_a_phone() -> Fleet:
    aminata = fleet().contacts[0]
    told = msgspec.structs.replace(aminata, channels=(f"gammu:{NUMBER}",), phone=NUMBER)
    return msgspec.structs.replace(fleet(), contacts=(told,))


@pytest.fixture
def smsd(tmp_path: Path) -> Iterator[GammuSmsd]:
    daemon = GammuSmsd(tmp_path / "smsd")
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def app(tmp_path: Path, smsd: GammuSmsd) -> App:
    modem = ModemSettings(folder=str(smsd.folder), config=str(smsd.config))
    settings = ServerSettings(data=str(tmp_path / "server"), notifications=NotificationSettings(modem=modem))
    return App(settings, clock=RealClock(), fleet=fleet_with_a_phone())


def sent(smsd: GammuSmsd) -> list[str]:
    """Return the texts that the modem has sent, oldest first; those of ours lack the date that received ones have."""
    files = sorted((smsd.folder / "sent").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    return [came(file.read_text() + "DateTime = 20261123T025427Z\n").text for file in files]


def handled(app: App) -> list[tuple[str, str]]:
    with app.sessions()() as session:
        return [(row.state, row.handling) for row in session.scalars(select(IncidentRow).order_by(IncidentRow.id))]


def test_a_person_is_told_by_sms_answers_with_one_key_and_is_understood(app: App, smsd: GammuSmsd) -> None:
    server = Server(app, only=("incidents", "notifications", "modem"))
    server.start()
    try:
        find_too_warm(app)
        eventually(lambda: sent(smsd), within=30, what=smsd.log()[-2000:])
        assert sent(smsd)[0].startswith("Grand, Ménaka: trop chaud depuis")
        smsd.receives(NUMBER, "1")
        eventually(lambda: handled(app) == [("acknowledged", "milk-moved")], within=30, what="nobody heard the answer")
        eventually(lambda: len(sent(smsd)) == 2, within=30, what="the answer was not answered")
        assert "compris, lait déplacé" in sent(smsd)[1]
        smsd.receives("+22399999999", "2")
        eventually(lambda: not list((smsd.folder / "inbox").glob("IN*")), within=30)
        assert handled(app) == [("acknowledged", "milk-moved")]
        assert len(sent(smsd)) == 2
    finally:
        server.stop()
