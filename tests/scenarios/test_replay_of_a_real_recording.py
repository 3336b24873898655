"""A recording nobody here wrote, through device, broker and server: every value, every fault, every gap."""

import csv
import math
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from coldchain_app.app import App
from coldchain_app.demo.draining import drained
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.demo.replay import ReplayingDevice, fleet_of_replay
from coldchain_app.server import STAGES, Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock, milliseconds
from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality
from coldchain_device.settings import MqttSettings
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.store.protocol import Point
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.totals import every_point
from coldchain_simulator.replay import Replay
from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto

_ZONE = ZoneInfo("Africa/Nairobi")
_WHOLE, _ONE_DAY = "raw_data__temp_*.csv", "raw_data__temp_*_to_2025-02-23.csv"
_PLAYED = {StoreKind.INFLUXDB: _WHOLE, StoreKind.SQLITE: _ONE_DAY}
Stored = dict[tuple[ProbeUrn, int], Point]


def _recorded(folder: Path, files: str) -> Iterator[tuple[str, int, float]]:
    """Read the files without any of our code: column, instant, value; blanks left out."""
    for file in sorted(folder.glob(files)):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                at = datetime.fromisoformat(f"{row['date']}T{row['time']}").replace(tzinfo=_ZONE)
                for column, text in row.items():
                    if column.startswith("T") and text and not math.isnan(float(text)):
                        yield column, milliseconds(at), float(text)


def _stored(folder: Path, recording: Replay, *, port: int, store: StoreSettings) -> Stored:
    """Play the recording through everything and return what the store then holds."""
    first_ms = next(recording.rows()).at_ms
    clock = SetClock(first_ms)
    fleet = fleet_of_replay(tuple(recording.probes.values()), zone=_ZONE, from_ms=first_ms)
    settings = ServerSettings(data=str(folder / "server"), mqtt=IngestSettings(port=port), store=store)
    app = App(settings, clock=clock, fleet=fleet)
    enrol_all(fleet, sessions=app.sessions(), at_ms=first_ms)
    server = Server(app, only=STAGES)
    mqtt = MqttSettings(host="127.0.0.1", port=port, confirm_s=10)
    device = ReplayingDevice(recording, fleet=fleet, mqtt=mqtt, clock=clock, folder=folder / "device")
    server.start()
    device.start()
    try:
        device.play(threading.Event(), progress=lambda _done: None)
        device.stop_sampling()
        assert drained(device, app=app, within_s=60)
        points = [point for probe in app.store().probes() for point in every_point(app.store(), probe)]
        assert len(points) == device.taken()
        return {(point.reading.probe, point.reading.at_ms): point for point in points}
    finally:
        device.stop()
        server.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", StoreKind)
def test_every_value_of_the_pasteuriser_arrives_and_its_faults_and_gaps_stay_what_they_are(
    kind: StoreKind, real_data: Path, mosquitto: Mosquitto, influxdb: Influxdb, tmp_path: Path
) -> None:
    folder, files = real_data / "kenya-pasteurizer", _PLAYED[kind]
    recording = Replay(sorted(folder.glob(files)), zone=_ZONE)
    store = StoreSettings(kind=kind, url=influxdb.url)
    stored = _stored(tmp_path, recording, port=mosquitto.port, store=store)

    recorded = {(recording.probes[column], at_ms): celsius for column, at_ms, celsius in _recorded(folder, files)}
    assert len(recorded) > (15_000 if files == _WHOLE else 1_000)
    assert stored.keys() == recorded.keys()
    faults = {}
    for key, celsius in recorded.items():
        reading = stored[key].reading
        if -10 <= celsius <= 95:
            assert reading.value is not None and abs(reading.value - celsius) <= 1 / 32, (key, celsius, reading)
        else:
            faults[celsius] = reading.quality
    assert set(faults.values()) <= {Quality.RANGE}
    assert files == _ONE_DAY or faults.keys() >= {-67.1, -20.3}
