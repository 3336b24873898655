"""Pages over an invented world, by the clocks of Bamako where a test names no other `zone`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from invented.browsing import signed_in
from invented.fleet import invented_fleet
from invented.world import World, busy_world, empty_world, open_world


@pytest.fixture(scope="session")
def busy_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a busy world, made once; each test gets its own copy."""
    folder = tmp_path_factory.mktemp("busy")
    busy_world(folder).close()
    return folder


@pytest.fixture(scope="session")
def quiet_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quiet")
    empty_world(folder).close()
    return folder


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "Africa/Bamako"))


@pytest.fixture
def world(tmp_path: Path, busy_files: Path, zone: str) -> Iterator[World]:
    """A world with a unit in each state, all by the clocks of `zone`."""
    shutil.copytree(busy_files, tmp_path, dirs_exist_ok=True)
    world = open_world(tmp_path, invented_fleet(zone))
    yield world
    world.close()


@pytest.fixture
def quiet_world(tmp_path: Path, quiet_files: Path, zone: str) -> Iterator[World]:
    """A world in which nothing was ever heard, by the clocks of `zone`."""
    shutil.copytree(quiet_files, tmp_path, dirs_exist_ok=True)
    world = open_world(tmp_path, invented_fleet(zone))
    yield world
    world.close()


@pytest.fixture
def technician(world: World) -> FlaskClient:
    return signed_in(world)
