"""Packets lost, late and swallowed between a box and its server: TCP's own view of a bad mobile network."""

import random
from pathlib import Path

import pytest

from faults.report import Line, leave
from faults.world import World
from servers.bad_network import SERVER, BadNetwork, NotPermitted

_LOSS, _ROUND_TRIP_S = 0.02, 0.8


def suffer(folder: Path, *, seed: int, seconds: float) -> None:
    """Let a box speak over a network that loses 2 % of all packets, 800 ms there and back, and is swallowed twice."""
    chance = random.Random(seed)
    with World(folder, chance=chance) as world:
        try:
            network = BadNetwork(world.relay.port, loss=_LOSS, delay_s=_ROUND_TRIP_S / 2, chance=chance)
        except NotPermitted as error:
            pytest.skip(f"this machine lets no test have a network of its own: {error}")
        try:
            world.box.kill()
            world.box.move(SERVER, network.device.enter)
            world.box.begin()
            for _ in range(2):
                world.live(seconds / 3)
                network.swallowing = True
                world.live(chance.uniform(1, 3))
                network.swallowing = False
            world.live(seconds / 3)
            recovery_s = world.recovers(within=120)
            tally = world.finished(within=120)
            assert network.packets_lost, "the network was a good one"
        finally:
            world.box.kill()
            network.close()
    name = "2 % of packets lost, 800 ms there and back, silent twice"
    leave(Line(fault=name, strikes=1, kills=0, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


@pytest.mark.timeout(300)
def test_readings_survive_a_bad_network(tmp_path: Path) -> None:
    suffer(tmp_path, seed=1, seconds=6)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_readings_survive_a_bad_network_for_long(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed=seed, seconds=60)
