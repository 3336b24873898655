"""A store that comes back with less than it had: what is not written yet is, and the rest comes again from the card."""

import random
import shutil
from pathlib import Path

import pytest

from coldchain_server.errors import ServerError
from coldchain_server.store.totals import every_point
from faults.oracle import Tally
from faults.report import Line, leave
from faults.world import PROBES, World
from invented.installed import SERVER
from servers.process import eventually

_STATE = ("meta", "data", "wal")
_SOON_S = 60.0


def suffer(folder: Path, *, seed: int, strikes: int) -> None:
    """Have InfluxDB lose all it had, or go back to an earlier state, again and again; ask for what is missing once."""
    chance = random.Random(seed)
    with World(folder, chance=chance) as world:
        for _ in range(strikes):
            world.live(chance.uniform(0.5, 1.5))
            missing = loses_state(world, emptied=chance.random() < 0.5)
            assert missing.lost, "nothing was lost, so nothing is shown"
        ask_again(world)
        recovery_s = world.recovers(within=60)
        tally = world.finished()
    name = "InfluxDB restarted with lost state, resent once asked"
    leave(Line(fault=name, strikes=strikes, kills=strikes, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


def loses_state(world: World, *, emptied: bool) -> Tally:
    """Put InfluxDB back to nothing, or to how it was a moment ago; return what is there once it is written to again."""
    world.recovers(within=60)
    backup = world.folder / "backup"
    if not emptied:
        world.influxdb.server.stop()
        keep(world, backup)
        world.influxdb.server.start()
        world.live(0.5)
        world.recovers(within=60)
    world.influxdb.server.kill()
    for name in _STATE:
        shutil.rmtree(world.folder / "influxdb" / name)
        if not emptied:
            shutil.copytree(backup / name, world.folder / "influxdb" / name)
    before = world.box.committed()[-1].sequence
    world.influxdb.server.start()
    eventually(lambda: stored_since(world, before), within=_SOON_S, what="what came after is written, unasked")
    return world.settled()


def keep(world: World, backup: Path) -> None:
    """Copy what InfluxDB has on its disk."""
    shutil.rmtree(backup, ignore_errors=True)
    for name in _STATE:
        shutil.copytree(world.folder / "influxdb" / name, backup / name)


def stored_since(world: World, sequence: int) -> bool:
    """Whether the store has a reading that was taken after number `sequence`."""
    store = world.store()
    try:
        return any(point.sequence > sequence for probe in PROBES for point in every_point(store, probe))
    except ServerError:  # it has no database yet
        return False
    finally:
        store.close()


def ask_again(world: World) -> None:
    """Do what the server's guide says: ask for all that the card still has."""
    top = world.box.committed()[-1].sequence
    world.site.say(SERVER, "request", "resend", "--anew", "menaka-pi", f"1-{top}")


@pytest.mark.timeout(120)
def test_a_store_that_lost_its_state_has_it_again_from_the_card(tmp_path: Path) -> None:
    suffer(tmp_path, seed=1, strikes=1)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2, 6))
def test_a_store_that_loses_its_state_again_and_again(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed=seed, strikes=5)
