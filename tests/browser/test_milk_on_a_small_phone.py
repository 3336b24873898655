"""Telling of milk on a phone 360 pixels wide: one touch on a picture, with a script or without."""

import pytest

from invented.visit import Visit

pytestmark = pytest.mark.browser

PAGE = "/units/menaka-1/milk"


@pytest.mark.parametrize(("language", "milked"), [("fr", "just-milked"), ("en", "older-or-unknown")])
def test_the_milk_of_a_cooler_fits_and_can_be_touched_with_its_picture(
    phone: Visit, language: str, milked: str
) -> None:
    phone.sign_in("technician", language)
    phone.go(PAGE)
    phone.page.click(f"button[value={milked}]")
    for path in (PAGE, "/units/menaka-1", "/"):
        phone.go(path)
        assert phone.too_wide_by() == 0, path
        assert phone.spilt() == [], path
    phone.go(PAGE)
    assert phone.page.locator("main button").count() > 3
    for pressed in phone.page.locator("main button").all():
        box = pressed.bounding_box()
        assert box is not None
        assert box["height"] >= 44, pressed.inner_text()
    assert (phone.complaints, phone.elsewhere) == ([], [])


def test_somebody_without_scripts_tells_of_milk_by_one_touch_and_takes_it_back(phone_without_scripts: Visit) -> None:
    phone = phone_without_scripts
    phone.sign_in("menaka", "en")
    phone.page.locator(f"a[href^='{PAGE}']").first.click()
    phone.page.click("button[value=just-milked]")
    assert "Noted." in phone.page.inner_text("main")
    assert "Boil before drinking" in phone.page.inner_text("main")
    phone.page.click("text=That was wrong: undo")
    assert "Nobody knows of milk in it" in phone.page.inner_text("main")


def test_somebody_without_scripts_tells_that_milk_clotted(phone_without_scripts: Visit) -> None:
    phone = phone_without_scripts
    phone.sign_in("menaka", "fr")
    phone.go(PAGE)
    phone.page.click("button[value=this-morning]")
    phone.page.click("a[href$='/test']")
    assert phone.too_wide_by() == 0
    phone.page.click("a[href*='of=cob']")
    assert (phone.too_wide_by(), phone.spilt()) == (0, [])
    phone.page.select_option("#ago", "0")
    phone.page.click("button[value=failed]")
    assert "Un test refuse ce lait" in phone.page.inner_text("main")
    assert "Ni boire, ni vendre" in phone.page.inner_text("article")
