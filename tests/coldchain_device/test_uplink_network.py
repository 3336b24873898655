"""The uplink on a real broker whose network, server or name is not well."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import Answer, Request, Status, decode_message
from coldchain_contract.readings import Quality
from coldchain_contract.topics import ALL, Kind, Topic
from coldchain_device.agent import Agent
from coldchain_device.clock import GivenClock
from coldchain_device.outbox import Outbox, Sample
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings, UnitSettings
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from faults.relay import Relay
from servers.mosquitto import Mosquitto
from servers.process import eventually
from stand_ins.ingest import StandInIngest

NOON, MINUTE, WEEK = 1_772_539_200_000, 60_000, 7 * 24 * 60
MILK = urn_of_kernel_name("28-000000000001")
HERE = Topic(SiteId("menaka"), DeviceId("pi-1"), Kind.REQUEST)


class Box:
    """A device at `port`: one probe in the milk, a clock set by hand, and no rounds but those asked for."""

    def __init__(self, folder: Path, port: int, *, now_ms: int = NOON) -> None:
        self._tree = W1Tree(folder / "w1", staging=folder / "new")
        self.clock = SetClock(now_ms)
        self.show(4.0)
        self.settings = DeviceSettings(
            site=HERE.site,
            device=HERE.device,
            data_folder=folder / "data",
            w1_folder=folder / "w1",
            mqtt=MqttSettings(
                host="127.0.0.1", port=port, confirm_s=0.3, answer_s=0.5, connect_timeout_s=2, longest_reconnect_s=1
            ),
            placements=(PlacementSettings(probe=MILK, unit=UnitId("cooler-1")),),
            units={UnitId("cooler-1"): UnitSettings(profile="daily")},
            outputs=OutputSettings(console=False),
        )
        self.agent = Agent(self.settings, clock=self.clock)

    def show(self, celsius: float) -> None:
        self._tree.show(MILK, shown_value(celsius))

    def minute(self, celsius: float) -> None:
        self.clock.set(self.clock.now_ms() + MINUTE)
        self.show(celsius)
        self.agent.sample()

    def stop(self) -> None:
        self.agent.stop()

    def again(self) -> None:
        """Restart the agent on the same card."""
        self.stop()
        self.agent = Agent(self.settings, clock=self.clock)
        self.agent.start()

    @property
    def links(self) -> int:
        return self.agent._uplink._connection.connections


MakeBox = Callable[..., Box]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[MakeBox]:
    """Make boxes; each is stopped in the end."""
    with ExitStack() as opened:

        def make(port: int, name: str = "box", **others: int) -> Box:
            made = Box(tmp_path / name, port, **others)
            opened.callback(made.stop)
            return made

        yield make


@pytest.fixture
def server(mosquitto: Mosquitto) -> Iterator[StandInIngest]:
    opened = StandInIngest(port=mosquitto.port, server_time_ms=NOON)
    yield opened
    opened.close()


@pytest.fixture
def relay(mosquitto: Mosquitto) -> Iterator[Relay]:
    opened = Relay(mosquitto.port)
    yield opened
    opened.close()


def backlog(box: Box, *, minutes: int) -> None:
    """Put readings of the last `minutes` on the card, taken while there was no network."""
    box.agent.stop()
    outbox = Outbox(box.settings.data_folder / "outbox.sqlite")
    times = (box.clock.now_ms() - ago * MINUTE for ago in range(minutes, 0, -1))
    stamps = (GivenClock(SetClock(at_ms)).stamp() for at_ms in times)
    outbox.add([Sample(probe=MILK, value=4.0, quality=Quality.OK, stamp=stamp) for stamp in stamps])
    outbox.close()
    box.agent = Agent(box.settings, clock=box.clock)


def test_a_path_that_swallows_everything_is_left_and_what_it_swallowed_arrives(
    box: MakeBox, relay: Relay, server: StandInIngest
) -> None:
    here = box(relay.port)
    here.agent.start()
    here.agent.sample()
    assert here.agent.flush(10)
    relay.swallowing = True
    here.minute(9.0)
    eventually(lambda: not here.agent._uplink._connection.connected, what="the silence is noticed")
    relay.swallowing = False
    eventually(lambda: here.agent.outbox.depth() == 0, what="the reading arrives by a new connection")
    assert here.links >= 2
    assert set(server.sequences()) == {1, 2}


def test_an_alarm_the_broker_never_got_is_told_again_in_its_turn(
    box: MakeBox, relay: Relay, server: StandInIngest
) -> None:
    here = box(relay.port)
    here.agent.start()
    eventually(lambda: server.of(Kind.ALARM), what="unknown is told")
    relay.swallowing = True
    here.minute(4.0)
    eventually(lambda: not here.agent._uplink._connection.connected, what="the silence is noticed")
    relay.swallowing = False
    eventually(lambda: len(server.of(Kind.ALARM)) == 2, what="green is told once it can be")


def test_while_the_server_is_away_a_broker_at_its_defaults_is_not_flooded_and_nothing_is_lost(
    tmp_path: Path, box: MakeBox
) -> None:
    broker = Mosquitto(tmp_path / "defaults", settings="max_queued_messages 1000\npersistence false")
    broker.server.start()
    session = server_session(broker.port)
    session.disconnect()
    session.loop_stop()
    here = box(broker.port)
    backlog(here, minutes=20_000)
    here.agent.start()
    eventually(lambda: here.agent._uplink._sender._flights._unheard >= 3, what="the server does not confirm")
    here.agent.stop()
    queued = drained(broker.port)
    assert 1 <= queued <= 15
    server = StandInIngest(port=broker.port, server_time_ms=NOON)
    here.again()
    try:
        assert here.agent.flush(30)
        assert set(server.sequences()) == set(range(1, 20_001))
    finally:
        here.agent.stop()
        server.close()
        broker.server.stop()


def test_a_server_that_confirms_nothing_is_sent_one_pack_again_and_whatever_matters(
    box: MakeBox, mosquitto: Mosquitto, server: StandInIngest
) -> None:
    server.confirming = False
    here = box(mosquitto.port)
    here.agent.sample()
    here.agent.start()
    eventually(lambda: server.sequences().count(1) >= 2, what="the first pack is sent again")
    for _ in range(3):
        here.minute(4.0)
    here.clock.set(here.clock.now_ms() + 120 * MINUTE)
    asked = server.sequences().count(1)
    eventually(lambda: server.sequences().count(1) > asked, what="it is sent again")
    assert set(server.sequences()) == {1}
    here.minute(9.0)
    eventually(lambda: 5 in server.sequences(), what="what matters waits in the broker")
    assert set(server.sequences()) == {1, 5}
    server.confirming = True
    eventually(lambda: here.agent.outbox.depth() == 0, what="the first confirmation lets everything go")


def server_session(port: int, taken: list[str] | None = None) -> Client:
    """Connect as a server that the broker keeps messages for."""
    ready: list[bool] = []
    client = Client(
        CallbackAPIVersion.VERSION2, client_id="server", clean_session=False, protocol=MQTTProtocolVersion.MQTTv311
    )
    client.on_connect = lambda client, *_: client.subscribe(ALL, 1)
    client.on_subscribe = lambda *_: ready.append(True)
    client.on_message = lambda _client, _userdata, message: taken.append(message.topic) if taken is not None else None
    client.connect("127.0.0.1", port)
    client.loop_start()
    eventually(lambda: ready)
    return client


def drained(port: int) -> int:
    """Return how many packs the broker has kept for the server."""
    taken: list[str] = []
    client = server_session(port, taken)
    seen = -1
    while seen != len(taken):
        seen = len(taken)
        client.publish("end", b"", qos=1).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()
    return sum(topic.endswith(("/live", "/backfill")) for topic in taken)


def test_a_weeks_backlog_does_not_delay_a_reading_that_matters(
    box: MakeBox, mosquitto: Mosquitto, server: StandInIngest
) -> None:
    here = box(mosquitto.port)
    backlog(here, minutes=WEEK)
    here.agent.start()
    eventually(lambda: len(server.packs(Kind.BACKFILL)) >= 5, what="the backlog is under way")
    before = len(server.packs())
    here.minute(9.0)
    eventually(lambda: 9.0 in values(server), what="the reading arrives")
    ahead = values(server).index(9.0) - before
    assert ahead <= here.settings.mqtt.in_flight
    assert here.agent.outbox.depth() > 1000, "the backlog was gone too soon to show anything"


def values(server: StandInIngest) -> list[float | None]:
    """Return the last value of each pack, in the order they came."""
    return [pack.readings[-1].value for pack in server.packs()]


def test_two_boxes_of_one_name_say_so_and_both_deliver_all_they_have(
    box: MakeBox, mosquitto: Mosquitto, server: StandInIngest
) -> None:
    one, other = box(mosquitto.port, "one"), box(mosquitto.port, "other")
    for each in (one, other):
        each.agent.sample()
        each.agent.start()
    for each in (one, other):
        eventually(partial(is_contested, each), within=40, what="the contest is noticed")
        eventually((each.settings.data_folder / "troubles.json").exists, what="it is noted on the card")
    eventually(
        lambda: any(decode_message(said, Status).contested_since_ms for said in server.of(Kind.STATUS)),
        within=40,
        what="the server is told",
    )
    for each in (one, other):
        eventually(partial(has_sent_all, each), within=40, what="everything is stored")
    assert {pack.outbox for pack in server.packs()} == {one.agent.outbox.id, other.agent.outbox.id}


def is_contested(box: Box) -> bool:
    return box.agent._troubles.known().contested_since_ms is not None


def has_sent_all(box: Box) -> bool:
    return box.agent.outbox.depth() == 0


def test_a_request_that_comes_again_after_a_restart_gets_the_same_answer_and_is_not_done_again(
    box: MakeBox, mosquitto: Mosquitto, server: StandInIngest
) -> None:
    here = box(mosquitto.port)
    here.agent.start()
    eventually(lambda: server.of(Kind.STATUS), what="connected")
    server.say(HERE, Request(id="a", action="read", expires_ms=NOON + MINUTE))
    eventually(lambda: server.of(Kind.ANSWER), what="an answer")
    here.again()
    eventually(lambda: here.links, what="connected again")
    eventually(lambda: len([s for s in server.of(Kind.STATUS) if decode_message(s, Status).online]) >= 2)
    here.clock.set(NOON + 2 * MINUTE)
    server.say(HERE, Request(id="a", action="read", expires_ms=NOON + MINUTE))
    eventually(lambda: len(server.of(Kind.ANSWER)) == 2, what="the answer again")
    answers = [decode_message(payload, Answer) for payload in server.of(Kind.ANSWER)]
    assert answers[0] == answers[1] == Answer(id="a", done=True)
    assert here.agent.outbox.extent().highest_sequence == 1


def test_urgent_news_ends_the_wait_for_a_network_that_is_back(
    box: MakeBox, relay: Relay, server: StandInIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = box(relay.port)
    monkeypatch.setattr("coldchain_device.uplink.connection._SOONEST_S", 0.0)
    monkeypatch.setattr("coldchain_device.uplink.pauses.pause_s", lambda *_, **__: 3600.0)
    relay.refusing = True
    here.agent.start()
    eventually(lambda: here.agent._uplink._connection.trouble, what="no network")
    relay.refusing = False
    here.minute(9.0)
    eventually(lambda: here.agent.outbox.depth() == 0, what="the reading did not wait an hour")
