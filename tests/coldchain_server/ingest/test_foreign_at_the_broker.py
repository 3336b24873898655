"""Sources at a real Mosquitto: replayed, redelivered, and only where each may publish."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.settings import Secret
from coldchain_server.enrolment import BrokerAdmin, BrokerAdminSettings, Enrolments
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.sourced_fleet import ESPHOME, HAND, LORA, PLACES, TEXT, ZIGBEE, sourced_fleet
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import eventually
from servers.speaker import Speaker

NOW_MS = 1_795_000_000_000
GLACIERE, CONGELATEUR = "zigbee2mqtt/glaciere-1", "congelateur/sensor/inside/state"


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    Base.metadata.create_all(engine)
    yield sessions_of(engine)
    engine.dispose()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=1_000_000))
    yield opened
    opened.close()


def enrolments(sessions: Sessions, broker: Mosquitto | None = None, *, fleet: Fleet | None = None) -> Enrolments:
    admin = BrokerAdminSettings(username=ADMIN, password=Secret(ADMIN_PASSWORD))
    asked = BrokerAdmin(admin, host=broker.host, port=broker.port) if broker else None
    return Enrolments(sessions=sessions, fleet=fleet or sourced_fleet(), clock=SetClock(NOW_MS), broker=asked)


def ingest(broker: Mosquitto, spool: Spool, sessions: Sessions, password: Secret | None = None) -> Ingest:
    return Ingest(
        IngestSettings(port=broker.port, batch_seconds=0.01, password=password),
        spool=spool,
        sessions=sessions,
        fleet=sourced_fleet(),
        clock=SetClock(NOW_MS),
    )


def zigbee(celsius: float, at_ms: int = NOW_MS - 1000) -> bytes:
    return json.dumps({"temperature": celsius, "last_seen": at_ms}).encode()


def values(spool: Spool) -> list[float | None]:
    return [reading.value for spooled in spool.after(0, 1000) for _, reading in spooled.readings]


def step_until(stage: Ingest, condition: Callable[[], object]) -> None:
    def stepped() -> object:
        stage.step()
        return condition()

    eventually(stepped)


def test_a_retained_message_replayed_at_each_subscription_counts_once(
    mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    enrolments(sessions).enrol(ZIGBEE, since_ms=NOW_MS - 10_000)
    enrolments(sessions).enrol(ESPHOME, since_ms=NOW_MS - 10_000)
    with Speaker(mosquitto) as gateway:
        gateway.publish(GLACIERE, zigbee(4.5), retain=True)
        gateway.publish(CONGELATEUR, b"-17.5", retain=True)
        for number in range(1, 4):
            stage = ingest(mosquitto, spool, sessions)
            stage.step()
            gateway.publish(GLACIERE, zigbee(20.0 + number, NOW_MS - 500 + number))  # comes behind what was retained
            step_until(stage, lambda newest=20.0 + number: newest in values(spool))  # type: ignore[misc]
            stage.close()
    assert values(spool) == [4.5, 21.0, 22.0, 23.0]


def test_what_came_while_the_server_was_away_is_dated_by_itself_or_not_kept(
    mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    enrolments(sessions).enrol(ZIGBEE, since_ms=NOW_MS - 10_000)
    enrolments(sessions).enrol(ESPHOME, since_ms=NOW_MS - 10_000)
    first = ingest(mosquitto, spool, sessions)
    with Speaker(mosquitto) as gateway:
        first.step()
        gateway.publish(CONGELATEUR, b"-16.0")
        step_until(first, lambda: values(spool) == [-16.0])
        first.close()
        gateway.publish(CONGELATEUR, b"-17.5")
        gateway.publish(GLACIERE, zigbee(4.5))
        second = ingest(mosquitto, spool, sessions)
        step_until(second, lambda: 4.5 in values(spool))
        second.close()
    assert values(spool) == [-16.0, 4.5]


def test_a_source_publishes_on_its_own_topics_and_nowhere_else(
    guarded_mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    letting_in = enrolments(sessions, guarded_mosquitto)
    password = letting_in.enrol(ZIGBEE, since_ms=NOW_MS - 10_000).password
    letting_in.enrol(ESPHOME, since_ms=NOW_MS - 10_000)
    server = letting_in.enrol_server(username="coldchain-server", client_id="coldchain-server")
    stage = ingest(guarded_mosquitto, spool, sessions, password=server)
    stage.step()
    for topic in (CONGELATEUR, "coldchain/v1/menaka/zigbee/live", "cmnd/cuve/POWER"):
        with Speaker(guarded_mosquitto, ZIGBEE, password) as gateway:
            gateway.publish(topic, b"-1")  # version 3.1.1 has no word for no: it is dropped
    with Speaker(guarded_mosquitto, ZIGBEE, password, client_id="any-firmwares-own") as gateway:
        assert gateway.subscribe(CONGELATEUR).is_failure
        gateway.publish("zigbee2mqtt/bridge/state", b"online")
        gateway.publish(GLACIERE, zigbee(4.5))
        step_until(stage, lambda: values(spool) == [4.5])
    assert spool.entries() == []
    stage.close()


def test_two_sources_below_one_level_do_not_publish_as_each_other(
    guarded_mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    shared = sourced_fleet((TEXT + PLACES).replace("v3/lait@ttn", "zigbee2mqtt/lait@ttn"))
    letting_in = enrolments(sessions, guarded_mosquitto, fleet=shared)
    password, other = (letting_in.enrol(name, since_ms=NOW_MS - 10_000).password for name in (ZIGBEE, LORA))
    server = letting_in.enrol_server(username="coldchain-server", client_id="coldchain-server")
    stage = ingest(guarded_mosquitto, spool, sessions, password=server)
    stage.step()
    with Speaker(guarded_mosquitto, LORA, other) as gateway:
        gateway.publish(GLACIERE, zigbee(1.0))
    with Speaker(guarded_mosquitto, ZIGBEE, password) as gateway:
        gateway.publish(GLACIERE, zigbee(4.5, NOW_MS - 999))
        step_until(stage, lambda: values(spool))
    assert values(spool) == [4.5]
    stage.close()


def test_a_source_that_is_added_later_is_heard_by_a_server_that_was_let_in_before(
    guarded_mosquitto: Mosquitto, spool: Spool, sessions: Sessions
) -> None:
    letting_in = enrolments(sessions, guarded_mosquitto)
    before = msgspec.structs.replace(sourced_fleet(), sources={})
    server = enrolments(sessions, guarded_mosquitto, fleet=before).enrol_server(
        username="coldchain-server", client_id="coldchain-server"
    )
    deaf = ingest(guarded_mosquitto, spool, sessions, password=server)
    with capture_logs() as logs:
        step_until(deaf, lambda: logs)
    assert GLACIERE in logs[0]["topics"]
    deaf.close()
    password = letting_in.enrol(ZIGBEE, since_ms=NOW_MS - 10_000).password
    stage = ingest(guarded_mosquitto, spool, sessions, password=server)
    stage.step()
    with Speaker(guarded_mosquitto, ZIGBEE, password) as gateway:
        gateway.publish(GLACIERE, zigbee(4.5))
        step_until(stage, lambda: values(spool) == [4.5])
    stage.close()


def test_what_publishes_nothing_needs_no_enrolment(sessions: Sessions) -> None:
    with pytest.raises(BadEntry, match="hand is a hand: it publishes nothing, and needs no enrolment"):
        enrolments(sessions).enrol(HAND)
    with pytest.raises(UnknownThing, match="did you mean zigbee"):
        enrolments(sessions).enrol(DeviceId("zigbe"))
