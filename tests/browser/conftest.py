"""The pages in a real browser: headless Chromium at the width of a small phone, over an invented world."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from coldchain_app.web import WebServer
from coldchain_dashboards.settings import WebSettings
from invented.fleet import invented_fleet
from invented.visit import Visit
from invented.world import World, busy_world, open_world
from servers.process import program

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = program("chromium", "chromium")
    browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def busy_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a busy world, made once; each test gets its own copy."""
    folder = tmp_path_factory.mktemp("busy")
    busy_world(folder).close()
    return folder


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, busy_files: Path) -> Iterator[World]:
    """A world with a unit in each state, by the clocks of Bamako where a test names no other zone."""
    shutil.copytree(busy_files, tmp_path, dirs_exist_ok=True)
    world = open_world(tmp_path, invented_fleet(getattr(request, "param", "Africa/Bamako")))
    yield world
    world.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world, WebSettings(refresh_s=1)) as address:
        yield address


@contextmanager
def served(world: World, settings: WebSettings) -> Iterator[str]:
    """Serve the pages of `world` on loopback as in the field, and return their address."""
    server = WebServer(world.pages(settings), host="127.0.0.1", port=0, threads=2)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    """A phone 360 pixels wide."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=2)
    yield Visit(context.new_page(), address)
    context.close()


@pytest.fixture
def phone_without_scripts(browser: Browser, address: str) -> Iterator[Visit]:
    """A phone that runs no script."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    yield Visit(context.new_page(), address)
    context.close()
