"""The first page: what is on it, in which order, and what it never says."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from coldchain_contract.clock import utc
from coldchain_dashboards.overview import UNITS_A_PAGE, build
from coldchain_judgement.light import Light
from coldchain_server.fleet.model import Role
from coldchain_server.viewer import Viewer
from invented.browsing import signed_in
from invented.fleet import ZONES
from invented.world import NOW_MS, World

EVERYONE = Viewer(name="technician", role=Role.TECHNICIAN)


def cards(page: str) -> list[str]:
    """Return the text of each unit's card, in order."""
    return [part.split("</article>")[0] for part in page.split('<article class="unit ')[1:]]


def test_each_unit_is_counted_under_its_light(world: World) -> None:
    page = build(world.queries.units(EVERYONE), number=1, now_ms=NOW_MS)
    assert dict(page.counts) == {Light.RED: 1, Light.AMBER: 1, Light.UNKNOWN: 2, Light.GREEN: 2}
    assert page.sites == 3


def test_the_most_urgent_unit_comes_first_with_what_to_do(technician: FlaskClient) -> None:
    first = cards(technician.get("/").text)[0]
    assert "Glacière 2" in first
    advice = "Keep it closed. Test the milk before you sell any."
    for said in ("Act now", "12.4\u00a0°C", advice, "Before midday.", "red light"):
        assert said in first


@pytest.mark.parametrize("zone", ZONES, indirect=True)
def test_times_are_the_sites_own(technician: FlaskClient, zone: str) -> None:
    measured = (utc(NOW_MS) - timedelta(minutes=2)).astimezone(ZoneInfo(zone))
    assert f">{measured:%H:%M}</time>" in cards(technician.get("/").text)[0]
    assert {"Africa/Bamako": "09:28", "Africa/Niamey": "10:28"}[zone] == f"{measured:%H:%M}"


def test_no_data_is_shown_as_no_data_with_the_last_value_as_old(technician: FlaskClient) -> None:
    silent = next(card for card in cards(technician.get("/").text) if "Congélateur" in card)
    assert silent.startswith("unknown")
    assert "No data" in silent
    assert '<span class="temp none">' in silent
    assert "last: −6.5\u00a0°C, 5\u00a0h\u00a0ago" in silent
    assert "not heard since: it may show something else now" in silent


def test_a_warm_moment_is_never_called_within_limits(world: World) -> None:
    world.latest(2, 12.0)
    (card,) = [card for card in cards(signed_in(world).get("/").text) if "Glacière 1" in card]
    assert "Within limits" not in card
    assert "No alarm yet" in card
    assert "Above 10\u00a0°C now. If it lasts, it becomes an alarm." in card


def test_a_cooperatives_first_page_is_its_own_place_only(world: World) -> None:
    page = signed_in(world, "menaka").get("/").text
    assert "<h1>Coopérative Tidawt de Ménaka</h1>" in page
    assert "Glacière 1" in page
    for foreign in ("Tillia", "Andéramboukane", "Glacière solaire"):
        assert foreign not in page


def test_nothing_heard_yet_is_said_of_every_unit(quiet_world: World) -> None:
    page = signed_in(quiet_world).get("/").text
    assert page.count('<article class="unit unknown">') == 6
    assert page.count("No reading yet") == 6
    assert "Within limits" not in page


def test_a_cooperative_whose_site_was_dropped_is_told_that_there_is_nothing_yet(quiet_world: World) -> None:
    page = build((), number=1, now_ms=NOW_MS)
    assert (page.units, page.pages) == ((), 1)
    quiet_world.fleet.units.clear()
    assert "No cooler to show yet." in signed_in(quiet_world).get("/").text


@pytest.mark.parametrize(("asked", "shown"), [(1, 1), (2, 2), (99, 2), (-1, 1)])
def test_a_large_fleet_is_shown_a_page_at_a_time(world: World, asked: int, shown: int) -> None:
    units = world.queries.units(EVERYONE) * 3
    page = build(units, number=asked, now_ms=NOW_MS)
    assert (page.number, page.pages) == (shown, 2)
    assert page.units == (units[:UNITS_A_PAGE] if shown == 1 else units[UNITS_A_PAGE:])


def test_a_time_the_device_did_not_know_is_called_estimated_in_both_languages(world: World) -> None:
    pages = signed_in(world)
    assert "time estimated" not in pages.get("/").text
    world.latest(2, 4.0, estimated=True)
    assert pages.get("/").text.count("time estimated") == 1
    assert "heure estimée" in pages.get("/?lang=fr").text
