"""The agent as a whole: a 1-Wire tree, a real broker, and a server that says what it has stored."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.clock import DeclaredClock, SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, kernel_name_of_urn, urn_of_kernel_name
from coldchain_contract.messages import (
    Answer,
    Config,
    LimitSetting,
    LocalAlarm,
    PlacementSetting,
    Request,
    Status,
    decode_message,
)
from coldchain_contract.readings import Quality
from coldchain_contract.topics import Kind, Topic
from coldchain_device.agent import Agent
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings, UnitSettings
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Side
from coldchain_simulator.faults import ProbeFaultKind
from coldchain_simulator.w1_text import shown_fault, shown_value
from coldchain_simulator.w1tree import W1Tree
from servers.mosquitto import Mosquitto
from servers.process import eventually
from stand_ins.ingest import StandInIngest

NOON, MINUTE = 1_772_539_200_000, 60_000
MILK, AIR = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000002")
COOLER = UnitId("cooler-1")
HERE = Topic(SiteId("menaka"), DeviceId("pi-1"), Kind.LIVE)
WARM = Limit(
    name="warm",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=600,
    clear_celsius=7.5,
    clear_for_s=60,
    level=Level.CRITICAL,
    source="a test",
)

PLACED = PlacementSetting(probe=MILK, unit="tank-1", place="milk", lowest_celsius=-10, highest_celsius=95)


def topic(kind: Kind) -> Topic:
    return Topic(HERE.site, HERE.device, kind)


def settings_for(folder: Path, port: int, **others: object) -> DeviceSettings:
    settings = DeviceSettings(
        site=HERE.site,
        device=HERE.device,
        data_folder=folder / "data",
        w1_folder=folder / "w1" / "devices",
        mqtt=MqttSettings(host="127.0.0.1", port=port, confirm_s=0.5, connect_timeout_s=2, longest_reconnect_s=1),
        placements=(
            PlacementSettings(probe=MILK, unit=COOLER),
            PlacementSettings(probe=AIR, unit=COOLER, place="air"),
        ),
        units={COOLER: UnitSettings(label="Cooler 1", limits=(WARM,))},
        outputs=OutputSettings(console=False),
    )
    return msgspec.structs.replace(settings, **others)


class Site:
    """One cooler with a milk and an air probe, its device, and the server's end of the line."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder, self.broker = folder, broker
        self.tree = W1Tree(folder / "w1" / "devices", staging=folder / "w1" / "staging")
        self.clock = SetClock(NOON)
        self.settings = settings_for(folder, broker.port)
        self.server = StandInIngest(port=broker.port, server_time_ms=NOON)
        self.agents: list[Agent] = []
        self.show(4.0)

    def show(self, celsius: float) -> None:
        self.tree.show(MILK, shown_value(celsius))
        self.tree.show(AIR, shown_value(celsius - 1))

    def agent(self) -> Agent:
        agent = Agent(self.settings, clock=self.clock)
        self.agents.append(agent)
        agent.start()
        return agent

    def rounds(self, agent: Agent, celsius: float, minutes: int) -> None:
        self.show(celsius)
        for _ in range(minutes):
            self.clock.set(self.clock.now_ms() + MINUTE)
            agent.sample()

    def statuses(self) -> list[Status]:
        return [decode_message(payload, Status) for payload in self.server.of(Kind.STATUS)]

    def alarms(self) -> list[tuple[str, str]]:
        alarms = [decode_message(payload, LocalAlarm) for payload in self.server.of(Kind.ALARM)]
        return [(alarm.change, alarm.light) for alarm in alarms]

    def answers(self) -> list[Answer]:
        return [decode_message(payload, Answer) for payload in self.server.of(Kind.ANSWER)]

    def close(self) -> None:
        for agent in self.agents:
            agent.stop()
        self.server.close()


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path, mosquitto)
    yield made
    made.close()


def test_what_is_sampled_arrives_is_confirmed_and_stays_on_the_card(site: Site) -> None:
    agent = site.agent()
    agent.sample()
    assert agent.flush(10)
    (pack,) = site.server.packs(Kind.LIVE)
    assert pack.outbox == agent.outbox.id
    assert [(one.probe, one.at_ms, one.value) for one in pack.readings] == [(MILK, NOON, 4.0), (AIR, NOON, 3.0)]
    assert agent.outbox.depth() == 0
    assert len(agent.outbox.readings(pack.sequences)) == 2


def test_nothing_is_forgotten_until_the_server_has_stored_it_and_it_is_sent_again(site: Site) -> None:
    site.server.confirming = False
    agent = site.agent()
    agent.sample()
    agent.flush(0)
    eventually(lambda: len(site.server.packs()) >= 2, what="the pack is sent again")
    assert agent.outbox.depth() == 2
    assert {str(pack.sequences) for pack in site.server.packs()} == {"1-2"}
    site.server.confirming = True
    assert agent.flush(10)


def test_what_was_live_is_sent_again_as_backfill_once_it_is_old(site: Site) -> None:
    site.server.confirming = False
    agent = site.agent()
    agent.sample()
    eventually(lambda: site.server.packs(Kind.LIVE), what="a live pack")
    site.clock.set(NOON + 120 * MINUTE)
    eventually(lambda: site.server.packs(Kind.BACKFILL), what="the same pack, late")
    assert site.server.sequences(Kind.BACKFILL)[:2] == [1, 2]


def test_a_dead_server_costs_no_reading_and_its_return_brings_them_oldest_first_behind_the_live_ones(
    site: Site,
) -> None:
    agent = site.agent()
    eventually(site.statuses, what="connected")
    site.broker.server.kill()
    for hour in range(3):
        site.clock.set(NOON + hour * 60 * MINUTE)
        agent.sample()
    assert not agent.flush(0)
    site.server.close()
    site.broker.server.start()
    site.server = StandInIngest(port=site.broker.port, server_time_ms=NOON)
    assert agent.flush(20)
    assert sorted(site.server.sequences()) == [1, 2, 3, 4, 5, 6]
    assert site.server.sequences(Kind.LIVE) == [5, 6]
    assert site.server.sequences(Kind.BACKFILL) == [1, 2, 3, 4]


def test_a_killed_device_sends_what_it_had_when_it_comes_back(site: Site) -> None:
    site.server.confirming = False
    site.agent().sample()
    site.agents[-1].stop()
    site.server.confirming = True
    site.clock.set(NOON + 24 * 60 * MINUTE)
    again = site.agent()
    assert again.flush(10)
    assert site.server.sequences(Kind.BACKFILL) == [1, 2]


def test_one_bad_probe_is_a_named_fault_and_the_others_go_on(site: Site) -> None:
    agent = site.agent()
    site.tree.vanish(MILK)
    assert [(one.value, one.quality) for one in agent.sample()] == [(None, Quality.GONE), (3.0, Quality.OK)]
    site.tree.show(MILK, shown_fault(ProbeFaultKind.POR85, celsius=4, last_good_celsius=4))
    assert [one.quality for one in agent.sample()] == [Quality.POR85, Quality.OK]
    site.show(4.0)
    assert [one.value for one in agent.sample()] == [4.0, 3.0]
    assert agent.flush(10)
    eventually(lambda: any(status.probes for status in site.statuses()), what="the status names the probe")


def test_only_the_probes_asked_for_are_read(site: Site) -> None:
    agent = site.agent()
    assert [one.probe for one in agent.sample(only=[AIR])] == [AIR]
    assert agent.outbox.depth() == 1


def test_a_probe_on_the_bus_that_is_not_configured_is_not_sampled(site: Site) -> None:
    site.tree.show(urn_of_kernel_name("28-0000000000ff"), shown_value(30))
    assert {one.probe for one in site.agent().sample()} == {MILK, AIR}


def test_without_a_network_the_box_turns_red_is_silenced_by_its_button_and_clears(site: Site) -> None:
    site.broker.server.kill()
    agent = site.agent()
    assert agent.light(COOLER) is Light.UNKNOWN
    site.rounds(agent, 4.0, 1)
    assert agent.light(COOLER) is Light.GREEN
    site.rounds(agent, 9.0, 10)
    assert agent.light(COOLER) is Light.GREEN
    site.rounds(agent, 9.0, 1)
    assert agent.light(COOLER) is Light.RED
    agent.press_button()
    assert agent.light(COOLER) is Light.RED
    site.rounds(agent, 4.0, 2)
    assert agent.light(COOLER) is Light.GREEN


def test_every_change_of_the_light_is_told(site: Site) -> None:
    agent = site.agent()
    site.rounds(agent, 4.0, 1)
    site.rounds(agent, 9.0, 11)
    agent.press_button()
    site.rounds(agent, 4.0, 2)
    told = [("unknown", "unknown"), ("cleared", "green"), ("raised", "red"), ("heard", "red"), ("cleared", "green")]
    eventually(lambda: site.alarms() == told, what=f"{told} is told")


def test_no_value_for_half_an_hour_is_unknown_and_never_green(site: Site) -> None:
    agent = site.agent()
    site.rounds(agent, 4.0, 1)
    site.tree.vanish(MILK)
    for _ in range(31):
        site.clock.set(site.clock.now_ms() + MINUTE)
        agent.sample()
    assert agent.light(COOLER) is Light.UNKNOWN


def test_a_reading_that_matters_does_not_wait_for_the_report(tmp_path: Path, mosquitto: Mosquitto, site: Site) -> None:
    slow = DeclaredClock(origin_ms=NOON, rate=1.0, started=time.monotonic(), monotonic=time.monotonic)
    site.clock = slow  # type: ignore[assignment]
    site.settings = settings_for(tmp_path, mosquitto.port, sample_s=3600, report_s=86400)
    agent = site.agent()
    eventually(lambda: agent.outbox.extent().highest_sequence >= 2 and agent.outbox.depth() == 0, what="first report")
    agent.sample()
    site.server.say(topic(Kind.REQUEST), Request(id="a", action="identify", expires_ms=NOON + 60 * MINUTE))
    eventually(site.answers, what="the uplink has had its turn since")
    assert agent.outbox.depth() == 2
    site.show(7.6)
    agent.sample()
    eventually(lambda: agent.outbox.depth() == 0, what="near the limit, everything goes at once")


def test_the_status_is_retained_and_the_last_will_says_offline(site: Site) -> None:
    agent = site.agent()
    agent.sample()
    eventually(site.statuses, what="a status")
    status = site.statuses()[0]
    assert status.online
    assert status.outbox == str(agent.outbox.id)
    assert status.clock_trusted
    assert status.software.startswith("coldchain ")
    late = StandInIngest(port=site.broker.port)
    late.close()
    agent._uplink._connection._link._client._sock.close()  # type: ignore[union-attr]
    agent.stop()
    eventually(lambda: not site.statuses()[-1].online, what="offline is said")


def test_the_servers_settings_are_followed_kept_and_obeyed_after_a_boot_without_network(site: Site) -> None:
    agent = site.agent()
    eventually(site.statuses, what="connected")
    config = Config(
        version=7,
        placements=(PLACED,),
        limits={"tank-1": (LimitSetting(name="hot", side="above", celsius=4.0, inclusive=True, for_s=1),)},
        labels={"tank-1": "Tank"},
    )
    site.server.say(topic(Kind.CONFIG), config, retain=True)
    eventually(lambda: site.statuses()[-1].config_version == 7, what="the config is applied")
    assert {one.probe for one in agent.sample()} == {MILK}
    agent.stop()
    site.broker.server.kill()
    again = site.agent()
    site.rounds(again, 70.0, 4)  # what leaps is believed once it stays
    assert again.light(UnitId("tank-1")) is Light.RED


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b'{"version":9,"sample_s":1}',
        b'{"version":9,"placements":[{"probe":"x","unit":"u","place":"milk","lowest_celsius":1,"highest_celsius":2}]}',
        b'{"version":9,"placements":[' + b",".join([msgspec.json.encode(PLACED)] * 2) + b"]}",
        b'{"version":9,"limits":{"u":[{"name":"n","side":"left","celsius":1,"inclusive":true,"for_s":1}]}}',
    ],
)
def test_a_bad_config_changes_nothing(site: Site, payload: bytes) -> None:
    agent = site.agent()
    eventually(site.statuses, what="connected")
    site.server.say(topic(Kind.CONFIG), payload)
    site.server.say(topic(Kind.REQUEST), Request(id="after", action="identify", expires_ms=NOON + MINUTE))
    eventually(site.answers, what="later orders are still carried out")
    assert len(agent.sample()) == 2
    assert not (site.settings.data_folder / "config.json").exists()


def test_each_request_is_answered_once_done_and_expired_ones_are_refused(site: Site) -> None:
    agent = site.agent()
    agent.sample()
    assert agent.flush(10)
    outbox = str(agent.outbox.id)
    for request in (
        Request(id="a", action="read", expires_ms=NOON + MINUTE),
        Request(id="a", action="read", expires_ms=NOON + MINUTE),
        Request(id="b", action="silence", expires_ms=NOON - 1),
        Request(id="c", action="resend", expires_ms=NOON + MINUTE, outbox=outbox, sequences="1-2,900"),
        Request(id="c", action="resend", expires_ms=NOON + MINUTE, outbox=outbox, sequences="1-2,900"),
    ):
        site.server.say(topic(Kind.REQUEST), request)
    eventually(lambda: len(site.answers()) == 5, what="five answers")
    assert [(one.id, one.done, one.detail) for one in site.answers()] == [
        ("a", True, ""),
        ("a", True, ""),
        ("b", False, "expired"),
        ("c", True, "2 of 3 readings are sent again"),
        ("c", True, "2 of 3 readings are sent again"),
    ]
    eventually(lambda: agent.outbox.depth() == 0, what="all stored")
    assert sorted(site.server.sequences()) == [1, 1, 2, 2, 3, 4]


def test_what_the_server_refuses_is_not_sent_for_ever(site: Site) -> None:
    site.server.confirming = False
    agent = site.agent()
    agent.sample()
    eventually(site.server.packs, what="a pack")
    (pack, *_) = site.server.packs()
    site.server.confirm(pack, to=HERE, refused=str(pack.sequences), reason="unknown-probe")
    eventually(lambda: agent.outbox.depth() == 0, what="refused readings are dealt with")
    assert len(agent.outbox.readings(pack.sequences)) == 2


def test_rounds_come_by_themselves_at_the_declared_rate(tmp_path: Path, site: Site) -> None:
    fast = DeclaredClock(origin_ms=NOON, rate=600.0, started=time.monotonic(), monotonic=time.monotonic)
    site.clock = fast  # type: ignore[assignment]
    agent = site.agent()
    eventually(lambda: agent.outbox.extent().highest_sequence >= 8, what="four rounds")
    agent.stop()
    assert (site.folder / "w1" / "devices" / kernel_name_of_urn(MILK)).exists()


def test_an_agent_may_be_stopped_twice_and_never_started(site: Site) -> None:
    agent = Agent(site.settings, clock=site.clock)
    agent.stop()
    agent.stop()
