"""A device without a clock learns the time from the server, and one with TLS trusts only whom it was told to."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import LocalAlarm, decode_message
from coldchain_contract.topics import Kind
from coldchain_device.agent import Agent
from coldchain_device.clock import SystemClock
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.mosquitto import Mosquitto
from servers.process import eventually, program
from stand_ins.ingest import StandInIngest

NOON, HOUR = 1_772_539_200_000, 3_600_000
MILK = urn_of_kernel_name("28-000000000001")


class Pi:
    """A Pi whose time stands still but for its boots; unless told otherwise, its wall clock says a time long past."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.uptime_s, self.wall_s, self.boots = folder, 1.0, 1_600_000_000.0, 0

    def boot(self, *, has_rtc: bool = False) -> SystemClock:
        self.boots += 1
        self.uptime_s = 1.0
        return self.clock(has_rtc=has_rtc)

    def clock(self, *, has_rtc: bool = False) -> SystemClock:
        boot_id = self.folder / "boot"
        boot_id.write_text(f"boot-{self.boots}")
        return SystemClock(
            has_rtc=has_rtc,
            boot_id_file=boot_id,
            synchronized_file=self.folder / "synchronized",
            wall_s=lambda: self.wall_s,
            uptime_s=lambda: self.uptime_s,
        )


@pytest.fixture
def settings(tmp_path: Path, mosquitto: Mosquitto) -> DeviceSettings:
    W1Tree(tmp_path / "w1", staging=tmp_path / "new").show(MILK, shown_value(4.0))
    return DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        data_folder=tmp_path / "data",
        w1_folder=tmp_path / "w1",
        sample_s=3600,
        mqtt=MqttSettings(
            host="127.0.0.1", port=mosquitto.port, confirm_s=1.0, connect_timeout_s=2, longest_reconnect_s=1
        ),
        placements=(PlacementSettings(probe=MILK, unit=UnitId("cooler-1")),),
        outputs=OutputSettings(console=False),
    )


@pytest.fixture
def server(mosquitto: Mosquitto) -> Iterator[StandInIngest]:
    opened = StandInIngest(port=mosquitto.port, server_time_ms=NOON)
    yield opened
    opened.close()


def test_readings_without_a_time_wait_until_the_server_says_it_and_then_have_the_right_one(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    server.confirming = False
    new = Agent(settings, clock=Pi(tmp_path).boot())
    new.start()
    eventually(lambda: new.outbox.extent().highest_sequence == 1, what="the first round of a card never used before")
    eventually(lambda: len(server.of(Kind.STATUS)) >= 2, what="the device asks for the time with its status")
    assert new.outbox.extent().untimed == 1
    assert server.dated_packs() == []
    server.confirming = True
    eventually(lambda: new.outbox.depth() == 0, what="the time is known and everything is stored")
    new.stop()
    (repaired,) = server.dated_packs()
    assert abs(repaired.readings[0].at_ms - NOON) <= repaired.uncertainty_ms + 1000
    assert new._clock.stamp().trusted


def test_readings_without_a_time_are_shown_at_once_and_once_counted_from_their_sending(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    server.confirming = False
    pi = Pi(tmp_path)
    new = Agent(settings, clock=pi.boot())
    new.sample()
    pi.uptime_s += 90
    new.start()
    eventually(lambda: new.outbox.extent().highest_sequence == 2, what="the first round")
    new._uplink.send_now()
    eventually(lambda: 2 in server.sequences(), what="what was taken before there was a network, and since")
    pi.uptime_s += 30
    new.sample()
    new._uplink.send_now()
    eventually(lambda: 3 in server.sequences(), what="what is taken now")
    shown = server.packs()
    assert server.sequences() == [1, 2, 3]
    assert all(pack.relative for pack in shown)
    assert [one.at_ms for pack in shown for one in pack.readings] == [-90_000, 0, 0]
    assert new.outbox.extent().unconfirmed == new.outbox.extent().untimed == 3
    server.confirming = True
    eventually(lambda: new.outbox.depth() == 0, what="the same readings are stored, dated")
    new.stop()
    assert [one.at_ms for pack in server.dated_packs() for one in pack.readings] == [
        NOON - 120_000,
        NOON - 30_000,
        NOON,
    ]


def test_no_broker_keeps_readings_without_a_time_for_a_server_that_is_away(
    tmp_path: Path, settings: DeviceSettings, mosquitto: Mosquitto
) -> None:
    heard: list[str] = []
    away = Client(CallbackAPIVersion.VERSION2, client_id="away", clean_session=False)
    away.on_connect = lambda client, *_: client.subscribe("#", 1)
    away.on_message = lambda _client, _userdata, message: heard.append(message.topic.rpartition("/")[2])
    away.on_subscribe = lambda client, *_: client.disconnect()
    away.connect("127.0.0.1", mosquitto.port)
    away.loop_forever()
    new = Agent(settings, clock=Pi(tmp_path).boot())
    new.sample()
    new.start()
    eventually(lambda: new._uplink._sender._undated._shown, what="the reading has been sent")
    new.stop()
    away.connect("127.0.0.1", mosquitto.port)
    away.loop_start()
    eventually(lambda: len(heard) >= 2, what="what the broker kept: the first status and the last")
    away.disconnect()
    away.loop_stop()
    assert set(heard) == {"status"}


def test_an_alarm_of_a_box_without_a_time_is_told_once_it_can_be_dated(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    server.confirming = False
    pi = Pi(tmp_path)
    new = Agent(settings, clock=pi.boot())
    new._uplink.tell(LocalAlarm(at_ms=0, unit="cooler-1", light="red", change="raised"))
    pi.uptime_s += 40
    new.start()
    eventually(lambda: server.of(Kind.STATUS), what="connected")
    assert server.of(Kind.ALARM) == []
    server.confirming = True
    eventually(lambda: server.of(Kind.ALARM), what="the alarm")
    new.stop()
    assert decode_message(server.of(Kind.ALARM)[0], LocalAlarm).at_ms == NOON - 40_000


def test_what_a_wrong_clock_dated_is_held_until_the_server_has_said_the_time(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    pi = Pi(tmp_path)
    pi.wall_s = (NOON + HOUR) / 1000
    ahead = Agent(msgspec.structs.replace(settings, has_rtc=True), clock=pi.boot(has_rtc=True))
    ahead.sample()
    (dated,) = ahead.outbox.pending(9)
    assert dated.reading.at_ms == NOON + HOUR
    ahead.start()
    eventually(lambda: ahead.outbox.depth() == 0, what="all stored")
    ahead.stop()
    assert next(one.at_ms for pack in server.packs() for one in pack.readings) == NOON
    assert NOON + HOUR not in {one.at_ms for pack in server.packs() for one in pack.readings}


def test_a_server_that_does_not_say_the_time_is_not_waited_for_for_ever_where_the_network_did(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    server.telling_time = False
    pi = Pi(tmp_path)
    pi.wall_s = NOON / 1000
    (pi.folder / "synchronized").touch()
    os.utime(pi.folder / "synchronized", (pi.wall_s, pi.wall_s))
    alone = Agent(settings, clock=pi.boot())
    alone.start()
    eventually(lambda: alone.outbox.extent().highest_sequence > 0 and alone.outbox.depth() == 0, what="all stored")
    alone.stop()


def test_what_only_a_fitted_clock_has_dated_waits_for_the_server_to_say_the_time(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    server.telling_time = False
    pi = Pi(tmp_path)
    pi.wall_s = (NOON - HOUR) / 1000
    behind = Agent(msgspec.structs.replace(settings, has_rtc=True), clock=pi.boot(has_rtc=True))
    behind.start()
    asked = behind.outbox
    eventually(lambda: asked.extent().highest_sequence > 0 and len(server.of(Kind.STATUS)) > 4, what="it asks again")
    assert server.packs() == []
    server.telling_time = True
    eventually(lambda: behind.outbox.depth() == 0, within=30, what="all stored")
    behind.stop()
    assert {abs(one.at_ms - NOON) <= 5000 for pack in server.packs() for one in pack.readings} == {True}


def test_a_program_that_starts_anew_within_a_boot_knows_the_time_from_its_outbox(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    pi = Pi(tmp_path)
    first = Agent(settings, clock=pi.boot())
    first.start()
    eventually(lambda: first.outbox.extent().highest_sequence > 0 and first.outbox.depth() == 0, what="all stored")
    first.stop()
    again = Agent(settings, clock=pi.clock())
    again.sample()
    (kept,) = again.outbox.pending(9)
    again.stop()
    assert abs(kept.reading.at_ms - NOON) <= 1000


def test_a_boot_that_never_learnt_the_time_is_sent_with_its_bounds_by_the_next_that_does(
    tmp_path: Path, settings: DeviceSettings, server: StandInIngest
) -> None:
    lost = Agent(settings, clock=Pi(tmp_path).boot())
    lost.sample()
    lost.stop()
    found = Agent(settings, clock=SetClock(NOON))
    found.start()
    found.sample()
    eventually(lambda: found.outbox.depth() == 0, what="all stored")
    found.stop()
    (bounded,) = [pack for pack in server.packs() if pack.uncertainty_ms]
    assert str(bounded.sequences) == "1"
    reading = bounded.readings[0]
    assert reading.at_ms - bounded.uncertainty_ms <= NOON - 24 * HOUR <= reading.at_ms + bounded.uncertainty_ms


@pytest.fixture
def tls_mosquitto(tmp_path: Path) -> Iterator[tuple[Mosquitto, Path]]:
    """A real Mosquitto that speaks TLS with a certificate for localhost that it signed itself."""
    certificate, key = tmp_path / "localhost.crt", tmp_path / "localhost.key"
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(
        [program("openssl", "openssl"), "req", "-x509", *kind, *name, *files], check=True, capture_output=True
    )
    broker = Mosquitto(tmp_path / "tls", settings=f"certfile {certificate}\nkeyfile {key}")
    broker.server.start()
    yield broker, certificate
    broker.server.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves refused sockets to the GC
def test_with_tls_only_a_broker_that_proves_its_name_is_talked_to(
    settings: DeviceSettings, tls_mosquitto: tuple[Mosquitto, Path]
) -> None:
    broker, certificate = tls_mosquitto
    mqtt = msgspec.structs.replace(settings.mqtt, host="localhost", port=broker.port, tls=True, ca_file=certificate)
    good = Agent(msgspec.structs.replace(settings, mqtt=mqtt), clock=SetClock(NOON))
    good.start()
    eventually(lambda: good._uplink._connection.connected, what="connected by TLS")
    good.stop()
    strangers = msgspec.structs.replace(mqtt, ca_file=None)
    bad = Agent(msgspec.structs.replace(settings, mqtt=strangers), clock=SetClock(NOON))
    bad.start()
    try:
        eventually(lambda: "certificate verify failed" in bad._uplink._connection.trouble, what="it says why")
        assert not bad._uplink._connection.connected
    finally:
        bad.stop()
