"""What a story needs: a world in memory where the system has room for one, ended when the test ends."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from coldchain_server.fleet.model import Fleet
from coldchain_server.store.settings import StoreSettings
from coldchain_simulator.scenario import Scenario
from scenarios.timeline.places import fleet_of
from scenarios.timeline.story import play
from scenarios.timeline.world import World

Tell = Callable[..., World]
_MEMORY = Path("/dev/shm")


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Play a story in a world of its own and return that world."""
    with ExitStack() as opened:
        # What survives a power cut is tested elsewhere; a day of commits to a disk takes most of a minute.
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None

        def told(
            scenario: Scenario, text: str, *, fleet: Fleet | None = None, store: StoreSettings | None = None
        ) -> World:
            folder = opened.enter_context(TemporaryDirectory(dir=memory))
            world = World(Path(folder), scenario, fleet or fleet_of(scenario), store=store)
            opened.callback(world.close)
            play(world, text)
            return world

        yield told
