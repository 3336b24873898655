"""The thermometer's page on a phone 360 pixels wide: with and without scripts, in French and in English."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_server.ledger.tables import HandReadingRow
from invented.sourced_fleet import COOLER, sourced_fleet
from invented.visit import Visit
from invented.world import World, empty_world

pytestmark = pytest.mark.browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    yield world
    world.close()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_fits_and_everything_on_it_is_large_enough_for_a_finger(phone: Visit, language: str) -> None:
    phone.sign_in("technician", language)
    phone.page.locator('nav a[href="/measure"]').click()
    assert phone.too_wide_by() == 0
    assert phone.spilt() == []
    for pressed in phone.page.locator("form.measure button, form.measure .choice, #celsius, #ago, header nav a").all():
        box = pressed.bounding_box()
        assert box is not None
        assert box["height"] >= 44, pressed.inner_text()
    assert phone.page.locator("#celsius").get_attribute("inputmode") == "decimal"
    assert (phone.complaints, phone.elsewhere) == ([], [])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_told_and_asked_back_fits_too(phone: Visit, language: str) -> None:
    phone.sign_in("technician", language)
    phone.go(f"/measure?unit={COOLER}")
    phone.page.fill("#celsius", "45")
    phone.page.locator("form.measure > button").click()
    phone.page.locator('[role="alert"]').wait_for()
    assert (phone.too_wide_by(), phone.spilt()) == (0, [])
    phone.page.locator('button[name="sure"]').click()
    phone.page.locator("section .quiet").wait_for()
    assert (phone.too_wide_by(), phone.spilt()) == (0, [])


def test_somebody_without_scripts_tells_corrects_and_undoes(phone_without_scripts: Visit, world: World) -> None:
    phone = phone_without_scripts
    phone.sign_in("menaka", "en")
    phone.go("/measure")
    phone.page.locator(".choice", has_text="Glacière 1").click()
    phone.page.fill("#celsius", "45")
    phone.page.locator("form.measure > button").click()
    assert "unusual" in phone.page.inner_text('[role="alert"]')
    phone.page.locator('button[name="instead"]').click()
    assert "Noted: Glacière 1, 4.5" in phone.page.inner_text("main")
    phone.page.locator("section .quiet").click()
    assert "Undone." in phone.page.inner_text("main")
    with world.sessions() as session:
        assert [(row.celsius, row.state) for row in session.query(HandReadingRow)] == [(4.5, "undone")]
