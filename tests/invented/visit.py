"""A phone looking at the pages."""

from playwright.sync_api import Page

from invented.world import PASSWORD

_SPILT = """
Array.from(document.querySelectorAll("article *, section *, form *")).filter(part => {
  const card = part.closest("article, section, form").getBoundingClientRect(), own = part.getBoundingClientRect();
  return own.width && (own.right > card.right + 0.5 || own.left < card.left - 0.5);
}).map(part => part.outerHTML)
"""


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
        # Until the next page is there, whatever is asked is asked of the one that is going.
        self.page.wait_for_url(lambda url: "/sign-in" not in url, wait_until="load")

    def spilt(self) -> list[str]:
        """Return the text of whatever sticks out of the card it belongs to, once the page is there."""
        self.page.wait_for_load_state()
        found: list[str] = self.page.evaluate(_SPILT)
        return found

    def too_wide_by(self) -> int:
        """Return how many pixels the page is wider than the screen, once it is there."""
        self.page.wait_for_load_state()
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width
