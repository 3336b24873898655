"""The pages in a real browser: headless Chromium at the width of a small phone, over an invented world."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from waitress.server import create_server

from coldchain_dashboards.settings import WebSettings
from invented.world import PASSWORD, World, busy_world
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
Open = Callable[..., "Visit"]


class Visit:
    """One phone looking at the pages; it notes what a browser complains of and where it turned for files."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address) else self.elsewhere.append(asked.url))

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def sign_in(self, name: str, language: str) -> None:
        self.go(f"/sign-in?lang={language}")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")

    def too_wide_by(self) -> int:
        """Return how many pixels the page is wider than the screen."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width


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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = busy_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world, WebSettings(refresh_s=1)) as address:
        yield address


@contextmanager
def served(world: World, settings: WebSettings) -> Iterator[str]:
    """Serve the pages of `world` on loopback as in the field, and return their address."""
    server = create_server(world.pages(settings), host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(5)


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
