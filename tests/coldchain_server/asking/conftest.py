"""The server's side of asking, with nothing heard yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from invented.asked import Asked, opened_in


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Asked]:
    opened = opened_in(tmp_path)
    yield opened
    opened.close()
