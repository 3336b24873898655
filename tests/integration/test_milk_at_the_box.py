"""Milk told at the box and elsewhere, over a real broker: one log of it, and one light."""

from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from coldchain_app.app import App
from coldchain_app.demo.enrolling import enrol_all
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_device.agent import Agent
from coldchain_device.milk.told import Said
from coldchain_device.settings import DeviceSettings, MqttSettings, OutputSettings, PlacementSettings
from coldchain_judgement.light import Light
from coldchain_judgement.milk.events import Emptied, Event, MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.actions import Actions
from coldchain_server.actions.milking import MilkTold
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.stage import Ingest
from coldchain_server.ledger.tables import MilkEventRow
from coldchain_server.milk import rows
from coldchain_server.viewer import Viewer
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree
from invented.small_fleet import COOLER, ENROLLED_MS, INEKAR, NOW_MS, PI, PROBE, SECOND_PROBE, fleet
from servers.mosquitto import Mosquitto
from servers.process import eventually

PRESIDENT = Viewer(name="fatou", role=Role.COOPERATIVE, site=INEKAR)


def raw_milk() -> Fleet:
    """The small fleet, its coolers for raw milk that is collected at seven."""
    known = fleet()
    site = msgspec.structs.replace(known.sites[INEKAR], collected_at=(time(7),))
    profiles = {name: msgspec.structs.replace(one, raw_milk=True) for name, one in known.profiles.items()}
    return msgspec.structs.replace(known, sites={**known.sites, INEKAR: site}, profiles=profiles)


class Site:
    """A cooler with its box, and the parts of a server that its milk is told through."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.clock = SetClock(NOW_MS)
        self.tree = W1Tree(folder / "w1" / "devices", staging=folder / "w1" / "staging")
        for probe in (PROBE, SECOND_PROBE):
            self.tree.show(probe, shown_value(4.0))
        mqtt = IngestSettings(port=broker.port, batch_seconds=0.01)
        self.app = App(ServerSettings(data=str(folder / "server"), mqtt=mqtt), clock=self.clock, fleet=raw_milk())
        self.sessions = self.app.sessions()
        enrol_all(self.app.fleet(), sessions=self.sessions, at_ms=ENROLLED_MS)
        self.ingest = Ingest(mqtt, spool=self.app.spool(), sessions=self.sessions, fleet=raw_milk(), clock=self.clock)
        self.actions = Actions(sessions=self.sessions, fleet=raw_milk(), clock=self.clock)
        self.settings = DeviceSettings(
            site=INEKAR,
            device=PI,
            data_folder=folder / "card",
            w1_folder=folder / "w1" / "devices",
            mqtt=MqttSettings(host="127.0.0.1", port=broker.port, confirm_s=0.5, longest_reconnect_s=1),
            placements=(PlacementSettings(probe=PROBE, unit=COOLER),),
            outputs=OutputSettings(console=False),
        )
        self.agent = Agent(self.settings, clock=self.clock)
        self.agent.start()
        self.until(lambda: self.agent._plan.milk)

    def minutes(self, count: int = 1) -> Light:
        for _ in range(count):
            self.clock.set(self.clock.now_ms() + 60_000)
            self.agent.sample()
        return self.agent.light(COOLER)

    def until(self, condition: Callable[[], object]) -> None:
        def stepped() -> object:
            self.ingest.step()
            return condition()

        eventually(stepped, within=20)

    def events(self) -> list[Event]:
        with self.sessions() as session:
            return rows.in_force(session, COOLER, from_ms=0, to_ms=self.clock.now_ms())

    def tell(self, event: Event) -> None:
        told = MilkTold(key=str(uuid4()), unit=COOLER, event=event, who="fatou", channel="page")
        assert self.actions.tell_milk(PRESIDENT, told) is not None

    def close(self) -> None:
        self.agent.stop()
        self.ingest.close()
        self.app.close()


@pytest.fixture
def site(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Site]:
    made = Site(tmp_path, mosquitto)
    yield made
    made.close()


def test_what_the_button_says_is_in_the_log_once_and_no_longer_waits_on_the_card(site: Site) -> None:
    site.minutes(2)
    at_ms = site.clock.now_ms()
    site.agent.press_milk(COOLER, Said.JUST_MILKED)
    assert site.minutes() is Light.GREEN
    site.until(lambda: not site.agent._book.waiting())
    assert site.events() == [MilkIn(at_ms=at_ms, milked=Milked.JUST_NOW)]
    site.agent.press_milk(COOLER, Said.EMPTIED)
    site.until(lambda: len(site.events()) == 2)
    assert isinstance(site.events()[-1], Emptied)


def test_what_is_told_and_taken_back_on_a_page_is_in_the_light_of_the_box(site: Site) -> None:
    assert site.minutes(40) is Light.GREEN
    site.tell(MilkIn(at_ms=site.clock.now_ms() - 20 * 60_000))
    site.until(lambda: site.agent.light(COOLER) is Light.AMBER)
    with site.sessions() as session:
        (row,) = session.query(MilkEventRow).all()
    site.actions.take_milk_back(PRESIDENT, row.id, channel="page")
    site.until(lambda: site.agent.light(COOLER) is Light.GREEN)


def test_a_word_waits_through_a_ledger_and_a_box_that_were_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.minutes(2)

    def away(*_: object, **__: object) -> None:
        raise LedgerUnavailable("the ledger is away")

    with monkeypatch.context() as patched:
        patched.setattr("coldchain_server.ingest.stage.enter", away)
        site.agent.press_milk(COOLER, Said.OLDER)
        with pytest.raises(LedgerUnavailable):
            site.until(lambda: False)
        site.agent.stop()
    site.agent = Agent(site.settings, clock=site.clock)
    site.agent.start()
    site.until(lambda: len(site.events()) == 1)
    assert site.minutes() is Light.AMBER
    site.until(lambda: not site.agent._book.waiting())
    assert len(site.events()) == 1
