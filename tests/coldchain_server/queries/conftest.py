"""An invented world with nothing heard yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from invented.world import World, empty_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path)
    yield world
    world.close()
