"""Two boxes enrolled once: both say so and the server too, and what both took arrives once one is switched off."""

import random
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from coldchain_device.outbox import OutboxReader
from coldchain_simulator.reads import ReadWatch
from coldchain_simulator.w1tree import W1Tree
from faults.box import Quartz
from faults.oracle import Log, Tally, taken, tally
from faults.report import Line, leave
from faults.world import Box, Weather, World
from servers.process import eventually

_CONTESTED = "another box uses this device's name"


class Twin:
    """A second box with the first one's `device.toml`, and probes of its own that have the same names."""

    def __init__(self, world: World, watch: ReadWatch, log: Log, chance: random.Random) -> None:
        self._world, self._watch, self._log = world, watch, log
        self.box = Box(world, "twin")
        self.box.install(Quartz(has_rtc=True), port=world.relay.port)
        folder = world.folder / "twin-w1"
        file = self.box.folder / "device.toml"
        file.write_text(re.sub(r'w1_folder = ".*"', f'w1_folder = "{folder}"', file.read_text()))
        self.weather = Weather(
            W1Tree(folder, staging=world.folder / "twin-staging", witness=watch), random.Random(chance.random())
        )

    def settled(self) -> Tally:
        """Return what became of all that both boxes took."""
        truths, uncommitted = self._world.truths()
        rows = self.box.committed()
        self._watch.drain()
        more, more_uncommitted = taken(rows, self._log)
        with closing(self._world.store()) as store:
            return tally([*truths, *more], store, uncommitted=uncommitted + more_uncommitted)


@contextmanager
def twin_of(world: World, chance: random.Random) -> Iterator[Twin]:
    log = Log()
    with closing(ReadWatch(log.took)) as watch:
        watch.start()
        twin = Twin(world, watch, log, chance)
        try:
            yield twin
        finally:
            twin.box.kill()
            twin.weather.stop()


def suffer(folder: Path, *, seed: int, seconds: float) -> None:
    """Let two boxes fight for one name, then let each speak alone."""
    chance = random.Random(seed)
    with World(folder, chance=chance) as world, twin_of(world, chance) as twin:
        world.recovers(within=30)
        twin.box.begin()
        for box in (world.box, twin.box):
            eventually(partial(_is_contested, box), within=60, what=f"{box.name} says that its name is used")
        eventually(lambda: findings(folder), within=60, what="the server finds that two boxes speak")
        world.live(seconds)
        recovery_s = _one_after_the_other(world, twin)
        found = twin.settled()
        for box in (world.box, twin.box):
            assert box.said().count(_CONTESTED) == 1, "it is said once"
    assert findings(folder) == [("two-boxes", "menaka-pi")], "it is found once"
    leave(Line(fault="two boxes under one name", strikes=1, kills=0, tally=found, recovery_s=recovery_s))
    assert (found.lost, found.doubled, found.misdated, found.wrong) == (0, 0, 0, 0), found


def _one_after_the_other(world: World, twin: Twin) -> float:
    """End both, and have each send what it still has with nobody in its way; return how long that took."""
    boxes, began_s = (world.box, twin.box), time.monotonic()
    for box in boxes:
        box.end()
    for box in boxes:
        box.begin(resting=True)
        eventually(partial(_has_sent_all, box), within=60, what=f"{box.name} gets through alone")
        box.end()
    eventually(lambda: twin.settled().lost == 0, within=60, what="all that both boxes took is stored")
    return time.monotonic() - began_s


def _is_contested(box: Box) -> bool:
    return _CONTESTED in box.said()


def _has_sent_all(box: Box) -> bool:
    with closing(OutboxReader.beside(box.card)) as card:
        return not card.depth()


def findings(folder: Path) -> list[tuple[str, str]]:
    """Return what the ledger says is wrong, and with which device."""
    with closing(sqlite3.connect(folder / "server" / "ledger.sqlite")) as ledger:
        return ledger.execute("SELECT kind, device FROM finding").fetchall()


@pytest.mark.timeout(180)
def test_two_boxes_under_one_name_are_said_and_lose_nothing(tmp_path: Path) -> None:
    suffer(tmp_path, seed=1, seconds=0)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3])
def test_two_boxes_may_fight_for_long(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed=seed, seconds=60)
