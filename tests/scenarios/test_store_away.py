"""A dead store delays no alarm and loses no reading."""

from pathlib import Path

import pytest

from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.totals import stored_totals
from scenarios.chain import Chain
from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto
from servers.process import eventually


@pytest.mark.timeout(180)
def test_with_influxdb_stopped_an_incident_opens_is_told_and_resolves_and_no_reading_is_lost(
    mosquitto: Mosquitto, influxdb: Influxdb, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url, timeout=1000)
    chain = Chain(tmp_path, port=mosquitto.port, store=store)
    request.addfinalizer(chain.stop)
    chain.start()
    for _ in range(10):  # warm from the first: what gets warm at once is taken for milk poured in
        chain.minute(12.0)
    chain.settle()

    influxdb.server.stop()
    for _ in range(25):
        chain.minute(12.0)
    chain.settle()
    assert [incident.state for incident in chain.incidents()] == ["open"]
    assert [(message.contact, message.state) for message in chain.told()] == [("aminata", "sent")]

    for _ in range(15):
        chain.minute(4.0)
    chain.settle()
    assert [incident.state for incident in chain.incidents()] == ["resolved"]
    assert [message.state for message in chain.told()] == ["sent", "sent"]

    influxdb.server.start()
    eventually(lambda: chain.app.spool().depth() == 0, within=90, what="the spool was not written to the store")
    totals = stored_totals(chain.app.store())
    assert (totals.stored, totals.duplicates) == (50, 0)
