"""Ours: `coldchain-server run` with the stages from the broker into InfluxDB, on a settings file as in the field."""

import os

from benchmarks.backlog import Message
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.large_fleet import topic_of
from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.settings import read_server_settings
from coldchain_contract.pack import Pack, encode_pack
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.write import fleet_text
from invented.installed import SERVER
from servers.process import free_port

_SETTINGS = """
data = "server"
[mqtt]
port = {places.broker_port}
client_id = "{places.database}"
workers = {workers}
[store]
kind = "influxdb"
url = "http://127.0.0.1:{places.influxdb_port}"
bucket = "{places.database}"
[web]
port = {web_port}
"""


STAGES = "ingest,writing"
"""What of the server is the counterpart of a program that takes readings from a broker into InfluxDB."""


def ours(places: Places, *, fleet: Fleet, enrolled_ms: int, only: str = STAGES, workers: int = 1) -> Ingester:
    """Write settings and fleet, let all devices in, and return how to run it with so many ingest workers."""
    places.folder.mkdir(parents=True)
    file = places.folder / "server.toml"
    file.write_text(_SETTINGS.format(places=places, web_port=free_port(), workers=workers))
    (places.folder / "fleet.toml").write_text(fleet_text(fleet, builtin=builtin_profiles()))
    app = App(read_server_settings(file))
    enrol_all(app.fleet(), sessions=app.sessions(), at_ms=enrolled_ms)
    app.close()
    return Ingester(
        name="coldchain",
        places=places,
        command=(*SERVER, "--config", str(file), "run", "--only", only),
        environment=os.environ,
        spelled=_spelled,
    )


def _spelled(device: int, pack: Pack) -> Message:
    return str(topic_of(device)), encode_pack(pack)
