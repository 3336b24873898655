"""A connection dropped before, in the middle of and after every step of a QoS 1 exchange, on either leg."""

import random
from itertools import product
from pathlib import Path

import pytest

from faults.relay import Cut, Packet, Place, Relay
from faults.report import Line, leave
from faults.world import World
from servers.process import eventually

_OF_A_DEVICE = (
    (Packet.CONNECT, True, 0),
    (Packet.CONNACK, False, 0),
    (Packet.SUBSCRIBE, True, 0),
    (Packet.SUBACK, False, 0),
    (Packet.PUBLISH, True, 1),  # the first is the status
    (Packet.PUBACK, False, 1),
    (Packet.PUBLISH, False, 1),  # the first is the config; what comes down is QoS 0
)
_OF_THE_SERVER = (
    (Packet.CONNECT, True, 0),
    (Packet.CONNACK, False, 0),
    (Packet.SUBSCRIBE, True, 0),
    (Packet.SUBACK, False, 0),
    (Packet.PUBLISH, False, 1),
    (Packet.PUBACK, True, 1),
    (Packet.PUBLISH, True, 1),  # the first is a config
    (Packet.PUBACK, False, 1),
)
_SOME = 6


def cuts(steps: tuple[tuple[Packet, bool, int], ...], *, chance: random.Random, most: int | None) -> list[Cut]:
    """Return a cut at every place of every step, or at `most` of them, in an order left to chance."""
    every = [Cut(packet=p, up=up, place=place, passing=passing) for (p, up, passing), place in product(steps, Place)]
    return chance.sample(every, most or len(every))


def suffer(folder: Path, *, leg: str, seed: int, most: int | None) -> None:
    """Have connections of one leg dropped, each somewhere else."""
    chance = random.Random(seed)
    planned = cuts(_OF_A_DEVICE if leg == "device" else _OF_THE_SERVER, chance=chance, most=most)
    with World(folder, chance=chance, server_through_relay=leg == "server") as world:
        relay = world.relay if leg == "device" else world.server_relay
        recovery_s = max(_dropped(world, relay, cut) for cut in planned)
        tally = world.finished()
    name = f"connection of the {leg} dropped at each step of an exchange"
    leave(Line(fault=name, strikes=len(planned), kills=0, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


def _dropped(world: World, relay: Relay, cut: Cut) -> float:
    """Drop a new connection at one place; return how long it took until all that was taken before is stored."""
    made = relay.made
    relay.will_cut([cut])
    relay.drop()
    eventually(lambda: relay.made > made, within=60, what=f"the connection was dropped {cut}")
    return world.recovers(within=60)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("leg", ["device", "server"])
def test_no_step_of_an_exchange_is_a_bad_moment_to_lose_the_connection(tmp_path: Path, leg: str) -> None:
    suffer(tmp_path, leg=leg, seed=1, most=_SOME)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("leg", ["device", "server"])
def test_every_place_of_every_step_is_survived(tmp_path: Path, leg: str, seed: int) -> None:
    suffer(tmp_path, leg=leg, seed=seed, most=None)
