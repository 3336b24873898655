"""What somebody sees on a phone 360 pixels wide, in French and in English."""

import pytest

from coldchain_judgement.limits import Level
from invented.fleet import ZONES
from invented.visit import Visit
from invented.world import World

pytestmark = pytest.mark.browser

PATHS = (
    "/",
    "/units/menaka-2",
    "/units/menaka-2?span=7d",
    "/units/anderam-2",
    "/units/tillia-2",
    "/incidents",
    "/incidents/1",
    "/incidents/5",
    "/limits",
    "/limits/daily",
    "/quiet",
)

WORDS = ".acknowledge input[name=why]"


@pytest.mark.parametrize(("language", "world"), [("fr", ZONES[0]), ("en", ZONES[1])], indirect=["world"])
def test_every_page_fits_without_complaint_and_asks_no_other_host(phone: Visit, language: str) -> None:
    phone.sign_in("technician", language)
    assert phone.page.evaluate("document.documentElement.lang") == language
    for path in PATHS:
        phone.go(path)
        assert phone.too_wide_by() == 0, path
        assert phone.spilt() == [], path
    assert (phone.complaints, phone.elsewhere) == ([], [])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_is_drawn_and_written_not_only_coloured(phone: Visit, language: str) -> None:
    phone.sign_in("technician", language)
    cards = phone.page.locator("article.unit").all()
    assert len(cards) > 5
    for card in cards:
        light = card.locator(".state .light")
        box = light.locator("svg").bounding_box()
        assert box is not None
        assert box["width"] >= 48
        assert len(light.inner_text()) > 4


def test_what_to_do_is_drawn_large_enough_for_whoever_does_not_read(phone: Visit) -> None:
    phone.sign_in("menaka", "fr")
    drawn = phone.page.locator(".advice .drawn svg").all()
    assert len(drawn) >= 3
    for picture in drawn:
        box = picture.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_what_can_be_pressed_is_large_enough_for_a_finger(phone: Visit) -> None:
    phone.sign_in("technician", "fr")
    phone.go("/incidents/1")
    for pressed in phone.page.locator("main button, header nav a").all():
        box = pressed.bounding_box()
        assert box is not None
        assert box["height"] >= 44, pressed.inner_text()


def test_a_page_left_open_shows_what_happens_by_itself(phone: Visit, world: World) -> None:
    phone.sign_in("menaka", "en")
    calm = phone.page.locator("article.unit.green", has_text="Glacière 1")
    calm.wait_for()
    world.latest(2, 11.8)
    world.incident("menaka-1", level=Level.CRITICAL)
    phone.page.locator("article.unit.red", has_text="Glacière 1").wait_for(timeout=10_000)
    assert "11.8" in phone.page.locator("article.unit.red", has_text="Glacière 1").inner_text()
    assert phone.complaints == []


def test_a_page_that_lost_its_server_says_that_it_may_be_old(phone: Visit) -> None:
    phone.sign_in("menaka", "en")
    phone.page.context.set_offline(True)
    phone.page.locator(".lost").wait_for(state="visible", timeout=10_000)
    phone.page.context.set_offline(False)
    phone.page.locator(".lost").wait_for(state="hidden", timeout=10_000)


def test_a_reason_being_typed_is_not_wiped_by_news(phone: Visit) -> None:
    phone.sign_in("technician", "en")
    phone.page.clock.install()
    phone.go("/incidents/1")
    looked: list[str] = []
    phone.page.on("request", lambda asked: looked.append(asked.url) if asked.url.endswith("/incidents/1") else None)
    phone.page.click(".acknowledge summary")
    phone.page.fill(WORDS, "on my way")
    phone.page.clock.run_for(10_000)
    assert phone.page.input_value(WORDS) == "on my way"
    assert looked == []
    phone.page.fill(WORDS, "")
    phone.page.evaluate("document.activeElement.blur()")
    with phone.page.expect_request("**/incidents/1"):
        phone.page.clock.run_for(10_000)


def test_somebody_without_scripts_signs_in_looks_and_acknowledges(phone_without_scripts: Visit) -> None:
    phone = phone_without_scripts
    phone.sign_in("menaka", "en")
    phone.page.locator("article.unit.red .why a").click()
    phone.page.click(".acknowledge summary")
    phone.page.fill(WORDS, "Moving the milk")
    phone.page.click(".acknowledge details button")
    assert "Noted." in phone.page.inner_text("main")
    assert "Moving the milk" in phone.page.inner_text("main")
