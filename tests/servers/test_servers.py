"""The fixtures themselves: each real server starts and answers."""

from pathlib import Path

import sqlalchemy

from coldchain_server.ledger.database import open_ledger
from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto
from servers.process import listening


def test_mosquitto_listens(mosquitto: Mosquitto, guarded_mosquitto: Mosquitto) -> None:
    assert listening(mosquitto.port)
    assert listening(guarded_mosquitto.port)


def test_influxdb_listens(influxdb: Influxdb, guarded_influxdb: Influxdb) -> None:
    assert listening(influxdb.port)
    assert listening(guarded_influxdb.port)


def test_postgresql_answers(postgresql: str, tmp_path: Path) -> None:
    for url in (postgresql, f"sqlite:///{tmp_path}/ledger.sqlite"):
        engine = open_ledger(url)
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("select 1")).scalar() == 1
        engine.dispose()
