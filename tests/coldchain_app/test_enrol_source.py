"""`coldchain-server enrol SOURCE`, as a person types it before filling in a gateway's form."""

import tomllib
from pathlib import Path

from click.testing import CliRunner
from structlog.testing import capture_logs

from coldchain_app.app import App
from coldchain_app.commands import enrol
from coldchain_app.settings import ServerSettings
from coldchain_contract.settings import Secret
from coldchain_server.enrolment import BrokerAdminSettings
from coldchain_server.ingest.settings import IngestSettings
from invented.sourced_fleet import TASMOTA, sourced_fleet
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.speaker import Speaker


def test_enrolling_a_source_prints_what_to_type_into_it_and_lets_it_in(
    guarded_mosquitto: Mosquitto, tmp_path: Path
) -> None:
    settings = ServerSettings(
        data=str(tmp_path),
        mqtt=IngestSettings(port=guarded_mosquitto.port),
        broker_admin=BrokerAdminSettings(username=ADMIN, password=Secret(ADMIN_PASSWORD)),
    )
    app = App(settings, fleet=sourced_fleet())
    with capture_logs():
        told = CliRunner().invoke(enrol.command, [TASMOTA, "--host", "milk.example"], obj=lambda: app)
    sheet = tomllib.loads(told.stdout)
    assert {key: sheet[key] for key in ("host", "port", "tls", "user", "topics")} == {
        "host": "milk.example",
        "port": guarded_mosquitto.port,
        "tls": False,
        "user": "tasmota",
        "topics": ["tele/cuve/SENSOR"],
    }
    with Speaker(guarded_mosquitto, "tasmota", sheet["password"], client_id="DVES_A1B2C3") as gateway:
        assert not gateway.connected.is_failure
        gateway.publish("tele/cuve/SENSOR")
    app.close()
