"""The milk in a cooler on the pages: told by one touch, shown with what to do, taken back, and never sweetened."""

import re
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coldchain_judgement.milk.events import MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.milk import rows
from invented.browsing import signed_in, token_of
from invented.world import HOUR_MS, NOW_MS, World

UNIT = "menaka-1"
PAGE = f"/units/{UNIT}/milk"


def told(client: FlaskClient, *, where: str = PAGE, key: UUID | None = None, **typed: str) -> TestResponse:
    token = token_of(client.get(PAGE).text)
    return client.post(where, data={"csrf_token": token, "key": str(key or uuid4()), **typed})


def events(world: World, unit: str = UNIT) -> list[rows.Entry]:
    with world.sessions() as session:
        return rows.of_unit(session, unit, from_ms=0, to_ms=NOW_MS + HOUR_MS)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.fixture
def cooperative(quiet_world: World) -> FlaskClient:
    return signed_in(quiet_world, "menaka", language="en")


def test_a_cooler_nobody_told_of_says_so_and_asks(quiet_world: World, cooperative: FlaskClient) -> None:
    shown = words(cooperative.get(PAGE).text)
    assert "Nobody knows of milk in it" in shown
    assert "when was it milked?" in shown
    assert "Emptied" not in shown


def test_one_touch_tells_that_milk_came_and_the_first_page_says_what_to_do(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    assert told(cooperative, milked="just-milked", litres="12,5").status_code == 302
    (one,) = events(quiet_world)
    assert one.event == MilkIn(at_ms=NOW_MS, milked=Milked.JUST_NOW, litres=12.5)
    shown = words(cooperative.get("/").text)
    assert "Boil before drinking" in shown
    assert "Emptied" in shown


def test_the_same_form_sent_twice_is_told_once(quiet_world: World, cooperative: FlaskClient) -> None:
    key = uuid4()
    for _ in range(2):
        assert told(cooperative, key=key, milked="this-morning").status_code == 302
    assert len(events(quiet_world)) == 1


def test_what_was_told_is_shown_and_can_be_taken_back(quiet_world: World, cooperative: FlaskClient) -> None:
    told(cooperative, milked="just-milked")
    (one,) = events(quiet_world)
    assert told(cooperative, where=f"{PAGE}/undo", number=str(one.id)).status_code == 302
    shown = words(cooperative.get(PAGE).text)
    assert "Nobody knows of milk in it" in shown
    assert "undone" in shown
    assert events(quiet_world)[0].withdrawn_by == "menaka"


def test_milk_of_unknown_age_is_to_be_tested_and_boiling_is_not_offered(cooperative: FlaskClient) -> None:
    told(cooperative, milked="older-or-unknown")
    shown = words(cooperative.get(PAGE).text)
    assert "Test before selling" in shown
    assert "Boil" not in shown.replace("Boiled", "")


def test_milk_goes_to_another_cooler_with_its_age(quiet_world: World, cooperative: FlaskClient) -> None:
    told(cooperative, milked="just-milked", litres="20")
    assert told(cooperative, target="menaka-2").status_code == 302
    assert "Nobody knows of milk" in words(cooperative.get(PAGE).text)
    there = words(cooperative.get("/units/menaka-2/milk").text)
    assert "Milk came from another cooler" in there
    assert "Boil before drinking" in there


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"milked": "just-milked", "litres": "many"}, "no number of litres"),
        ({"milked": "just-milked", "litres": "-3"}, "litres are more than 0"),
        ({"target": "menaka-2"}, "nobody knows of milk"),
    ],
)
def test_what_cannot_be_is_not_taken_and_said(
    quiet_world: World, cooperative: FlaskClient, typed: dict[str, str], why: str
) -> None:
    answer = told(cooperative, where=PAGE, key=None, **typed)
    assert answer.status_code == 422
    assert why in words(answer.text)
    assert not events(quiet_world)


def test_a_lab_looks_on_and_another_cooperative_sees_nothing(quiet_world: World, cooperative: FlaskClient) -> None:
    told(cooperative, milked="just-milked")
    lab = signed_in(quiet_world, "lab", language="en")
    assert "at worst" in words(lab.get(PAGE).text)
    assert 'name="milked"' not in lab.get(PAGE).text
    assert signed_in(quiet_world, "tillia").get(PAGE).status_code == 404


def test_a_cooperative_sees_a_part_of_the_day_and_no_ranges(cooperative: FlaskClient) -> None:
    told(cooperative, milked="just-milked")
    assert "at worst" not in words(cooperative.get(PAGE).text)


def test_milk_past_its_time_is_offered_neither_boiling_nor_selling(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    told(cooperative, milked="just-milked")
    quiet_world.clock.set(NOW_MS + 20 * HOUR_MS)
    page = cooperative.get(PAGE).text
    assert "Not for drinking" in words(page)
    assert 'name="process"' not in page
    assert 'name="sold"' not in page
    assert 'name="emptied"' in page


def test_programs_read_what_is_said_and_ranges_where_people_see_them(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    told(cooperative, milked="just-milked")
    theirs = cooperative.get(f"/api/v1/units/{UNIT}/milk").get_json()
    assert (theirs["holds"], theirs["log10"]) == (True, None)
    assert theirs["action"] in {"keep-closed", "sell"}
    ranges = signed_in(quiet_world, "lab").get(f"/api/v1/units/{UNIT}/milk").get_json()
    assert ranges["log10"] == sorted(ranges["log10"], reverse=True)
    assert ranges["hours_to_use"] == sorted(ranges["hours_to_use"])


def test_of_a_camels_milk_nobody_is_shown_how_long_it_keeps(quiet_world: World, cooperative: FlaskClient) -> None:
    told(cooperative, milked="just-milked")
    technician = signed_in(quiet_world, "technician", language="en")
    assert "hours to" in words(technician.get(PAGE).text)
    told(cooperative, milked="just-milked", species="camel")
    shown = words(technician.get(PAGE).text)
    assert "hours to" not in shown
    assert "Test before selling" in shown
    assert technician.get(f"/api/v1{PAGE}").get_json()["log10"] is None
