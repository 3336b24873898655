"""Pages over an invented world, once by the clocks of Bamako and once by those of Niamey."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from invented.browsing import signed_in
from invented.fleet import invented_fleet
from invented.world import World, busy_world, empty_world


@pytest.fixture(params=["Africa/Bamako", "Africa/Niamey"])
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path, zone: str) -> Iterator[World]:
    world = busy_world(tmp_path, invented_fleet(zone))
    yield world
    world.close()


@pytest.fixture
def quiet_world(tmp_path: Path) -> Iterator[World]:
    """A world in which nothing was ever heard."""
    world = empty_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def technician(world: World) -> FlaskClient:
    return signed_in(world)
