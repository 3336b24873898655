"""An invented world with nothing heard yet."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from invented.fleet import invented_fleet
from invented.world import World, empty_world, open_world


@pytest.fixture(scope="session")
def quiet_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quiet")
    empty_world(folder).close()
    return folder


@pytest.fixture
def world(tmp_path: Path, quiet_files: Path) -> Iterator[World]:
    shutil.copytree(quiet_files, tmp_path, dirs_exist_ok=True)
    world = open_world(tmp_path, invented_fleet())
    yield world
    world.close()
