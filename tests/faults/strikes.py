"""What can happen to a world: each fault strikes once and is mended again, at moments that chance decides."""

import random
from collections.abc import Callable

import msgspec

from faults.world import World


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of misfortune. `strike` does it and undoes what a person or the system would undo."""

    name: str
    strike: Callable[[World, random.Random], None]
    kills: int = 0
    """How many processes one strike kills with SIGKILL."""


def _agent(world: World, chance: random.Random) -> None:
    world.box.kill()
    world.live(chance.uniform(0, 0.5))
    if chance.random() < 0.5:  # the power failed, not only the process
        world.box.reboot(world.box.quartz)
    world.box.begin()


def _server(world: World, chance: random.Random) -> None:
    world.kill_server()
    world.live(chance.uniform(0, 1))
    world.begin_server()


def _broker(world: World, chance: random.Random) -> None:
    world.broker.server.kill()
    world.live(chance.uniform(0, 1))
    world.broker.server.start()


def _broker_with_nothing_left(world: World, chance: random.Random) -> None:
    world.broker.server.kill()
    (world.folder / "broker" / "mosquitto.db").unlink(missing_ok=True)
    world.live(chance.uniform(0, 1))
    world.broker.server.start()


def _influxdb(world: World, chance: random.Random) -> None:
    world.influxdb.server.kill()
    world.live(chance.uniform(0, 3))
    world.influxdb.server.start()


def _cut(world: World, chance: random.Random) -> None:
    world.relay.refusing = True
    world.live(chance.uniform(0.2, 3))
    world.relay.refusing = False


def _half_open(world: World, chance: random.Random) -> None:
    world.relay.swallowing = True
    world.live(chance.uniform(0.2, 3))
    world.relay.swallowing = False


def _all_at_once(world: World, chance: random.Random) -> None:
    parts = [world.box.kill, world.kill_server, world.broker.server.kill, world.influxdb.server.kill]
    mends = [world.box.begin, world.begin_server, world.broker.server.start, world.influxdb.server.start]
    for part in chance.sample(parts, len(parts)):
        part()
        world.live(chance.uniform(0, 0.2))
    for mend in chance.sample(mends, len(mends)):
        mend()
        world.live(chance.uniform(0, 0.5))


AGENT = Fault(name="kill -9 of the agent, half of them with its power", strike=_agent, kills=1)
SERVER = Fault(name="kill -9 of the server", strike=_server, kills=1)
BROKER = Fault(name="kill -9 of the broker", strike=_broker, kills=1)
BROKER_EMPTIED = Fault(name="broker restarted with lost state", strike=_broker_with_nothing_left, kills=1)
INFLUXDB = Fault(name="kill -9 of InfluxDB", strike=_influxdb, kills=1)
CUT = Fault(name="network cut", strike=_cut)
HALF_OPEN = Fault(name="network half-open", strike=_half_open)
ALL_AT_ONCE = Fault(name="kill -9 of all four at once", strike=_all_at_once, kills=4)

ALONE = (AGENT, SERVER, BROKER, BROKER_EMPTIED, INFLUXDB, CUT, HALF_OPEN, ALL_AT_ONCE)


def _any(world: World, chance: random.Random) -> None:
    chance.choice((AGENT, SERVER, BROKER, INFLUXDB)).strike(world, chance)
    chance.choice((CUT, HALF_OPEN, BROKER_EMPTIED)).strike(world, chance)


COMBINED = Fault(name="any two of these, one on the heels of the other", strike=_any, kills=1)
