"""The server killed again and again while readings arrive: each is stored once, as it was taken."""

import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.clock import SetClock
from coldchain_device.agent import Agent
from coldchain_device.loading import load_settings
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.store.totals import every_point
from coldchain_simulator.w1_text import shown_value
from invented.installed import PROBE, SERVER, Site
from servers.mosquitto import Mosquitto
from servers.process import eventually

_ROUNDS, _KILLS = 240, 5
_SECOND_MS = 1000


@pytest.fixture
def site(tmp_path: Path, guarded_mosquitto: Mosquitto) -> Site:
    return Site(tmp_path, guarded_mosquitto)


class Mortal:
    """The server's process: killed without warning, and begun anew."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._process: subprocess.Popen[bytes] = site.run(SERVER, "run", "--only", "ingest,writing,judging")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def begin(self) -> None:
        self._process = self._site.run(SERVER, "run", "--only", "ingest,writing,judging")


@pytest.fixture
def server(site: Site) -> Iterator[Mortal]:
    mortal = Mortal(site)
    yield mortal
    mortal.kill()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 42))])
def test_a_server_killed_at_random_loses_and_doubles_nothing(site: Site, server: Mortal, seed: int) -> None:
    chance = random.Random(seed)
    kills = sorted(chance.sample(range(10, _ROUNDS), _KILLS))
    clock = SetClock(time.time_ns() // 1_000_000)
    settings = load_settings(site.folder / "device.toml")
    impatient = msgspec.structs.replace(settings, mqtt=msgspec.structs.replace(settings.mqtt, confirm_s=1))
    agent = Agent(impatient, clock=clock)
    agent.start()
    taken = {}
    for number in range(_ROUNDS):
        clock.set(clock.now_ms() + _SECOND_MS)
        site.tree.show(PROBE, shown_value(celsius := round(chance.uniform(2, 6) * 16) / 16))
        taken[agent.sample()[0].stamp.wall_ms] = celsius
        if number in kills:
            eventually(lambda: agent.outbox.depth() < number, what="something was stored in between")  # noqa: B023
            server.kill()
            server.begin()
    eventually(lambda: agent.outbox.depth() == 0, within=120, what="everything taken is stored")
    agent.stop()

    def stored() -> list[tuple[int, float | None]]:
        store = SqliteStore(site.folder / "server" / "readings.sqlite")
        try:
            return [(point.reading.at_ms, point.reading.value) for point in every_point(store, PROBE)]
        finally:
            store.close()

    eventually(lambda: len(stored()) >= _ROUNDS, what="the spool is written to the store")
    assert stored() == sorted(taken.items())
