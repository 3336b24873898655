"""Pages over an invented world, and clients that are signed in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from coldchain_dashboards.settings import WebSettings
from invented.world import PASSWORD, World, busy_world, empty_world

SignedIn = Callable[..., FlaskClient]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = busy_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def quiet_world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path)
    yield world
    world.close()


def signed_in(world: World, name: str = "technician", *, settings: WebSettings | None = None) -> FlaskClient:
    """Return a browser that has signed in as `name`."""
    client = world.pages(settings).test_client()
    page = client.get("/sign-in").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    return client
