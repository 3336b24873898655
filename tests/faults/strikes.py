"""What can happen to a world: each fault strikes, and is mended again, at moments that chance decides."""

import random
from collections.abc import Callable, Sequence

import msgspec

from faults.world import World

Deed = Callable[[World], None]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of misfortune. `strike` does it; `mend` undoes what a person, systemd or a network would undo.

    Two faults of one `part` cannot be had at once. `lasts_s`: the longest time until it is mended.
    """

    name: str
    part: str
    strike: Deed
    mend: Deed
    lasts_s: float = 1.0
    kills: int = 0
    """How many processes one strike kills with SIGKILL."""


def _power_back(world: World) -> None:
    world.box.reboot(world.box.quartz)
    world.box.begin()


def _empty_broker(world: World) -> None:
    world.broker.server.kill()
    (world.folder / "broker" / "mosquitto.db").unlink(missing_ok=True)


def _refuse(world: World) -> None:
    world.relay.refusing = True


def _take_again(world: World) -> None:
    world.relay.refusing = False


def _swallow(world: World) -> None:
    world.relay.swallowing = True


def _carry_again(world: World) -> None:
    world.relay.swallowing = False


AGENT = Fault(
    name="kill -9 of the agent",
    part="box",
    strike=lambda world: world.box.kill(),
    mend=lambda world: world.box.begin(),
    kills=1,
)
POWER = Fault(
    name="kill -9 of the agent with its power: another boot",
    part="box",
    strike=lambda world: world.box.kill(),
    mend=_power_back,
    kills=1,
)
SERVER = Fault(
    name="kill -9 of the server",
    part="server",
    strike=lambda world: world.kill_server(),
    mend=lambda world: world.begin_server(),
    kills=1,
)
BROKER = Fault(
    name="kill -9 of the broker",
    part="broker",
    strike=lambda world: world.broker.server.kill(),
    mend=lambda world: world.broker.server.start(),
    kills=1,
)
BROKER_EMPTIED = Fault(
    name="broker restarted with lost state",
    part="broker",
    strike=_empty_broker,
    mend=lambda world: world.broker.server.start(),
    kills=1,
)
INFLUXDB = Fault(
    name="kill -9 of InfluxDB",
    part="influxdb",
    strike=lambda world: world.influxdb.server.kill(),
    mend=lambda world: world.influxdb.server.start(),
    lasts_s=3.0,
    kills=1,
)
CUT = Fault(name="network cut", part="network", strike=_refuse, mend=_take_again, lasts_s=3.0)
HALF_OPEN = Fault(name="network half-open", part="network", strike=_swallow, mend=_carry_again, lasts_s=3.0)

ALONE = (AGENT, POWER, SERVER, BROKER, BROKER_EMPTIED, INFLUXDB, CUT, HALF_OPEN)
EVERY_PROCESS = (AGENT, SERVER, BROKER, INFLUXDB)
"""Struck together: nothing of ours is up any more."""


def overlap(world: World, faults: Sequence[Fault], chance: random.Random) -> None:
    """Let `faults` strike one after another, mostly before the first is over, and mend them in another order."""
    for fault in chance.sample(faults, len(faults)):
        fault.strike(world)
        world.live(chance.uniform(0, 0.3))
    for fault in chance.sample(faults, len(faults)):
        world.live(chance.uniform(0, fault.lasts_s / len(faults)))
        fault.mend(world)


def some(chance: random.Random, *, many: int) -> tuple[Fault, ...]:
    """Return so many faults of different parts."""
    parts = chance.sample(sorted({fault.part for fault in ALONE}), many)
    return tuple(chance.choice([fault for fault in ALONE if fault.part == part]) for part in parts)
