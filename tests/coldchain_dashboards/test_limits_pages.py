"""The limits on the pages: seen by those who are judged by them, changed by those who tend every site."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coldchain_server.fleet import edits
from invented.browsing import signed_in, token_of
from invented.world import World

HEADERS = {"Accept-Language": "en"}


def changed(client: FlaskClient, where: str = "/limits/daily", **typed: str) -> TestResponse:
    token = token_of(client.get("/limits/daily").text)
    return client.post(where, data={"csrf_token": token, "why": "the buyers ask for it", **typed}, headers=HEADERS)


def celsius(world: World) -> list[float]:
    with world.sessions() as session:
        return [limit.celsius for limit in edits.edited(session, world.fleet).profiles["daily"].limits]


def test_a_technician_changes_a_limit_as_people_write_numbers(world: World, technician: FlaskClient) -> None:
    before = celsius(world)
    answer = changed(technician, **{"celsius-0": "8,5 °C", "for_s-0": "90"})
    assert answer.status_code == 302
    assert celsius(world) == [8.5, *before[1:]]
    page = technician.get("/limits/daily", headers=HEADERS).text
    assert "the buyers ask for it" in page
    assert 'value="90"' in page


def test_a_technician_says_how_long_milk_stays(world: World, technician: FlaskClient) -> None:
    assert changed(technician, held_s="1440").status_code == 302
    with world.sessions() as session:
        assert edits.edited(session, world.fleet).profiles["daily"].held_s == 86_400


def test_what_was_changed_can_be_taken_back_from_the_history(world: World, technician: FlaskClient) -> None:
    before = celsius(world)
    changed(technician, **{"celsius-0": "8.5"})
    changed(technician, "/limits/daily/restore", number="0")
    assert celsius(world) == before
    changed(technician, "/limits/daily/restore", number="1")
    assert celsius(world) == [8.5, *before[1:]]


@pytest.mark.parametrize(
    "typed",
    [
        {"celsius-0": "eight"},
        {"for_s-0": "an hour"},
        {"for_s-0": "-5"},
        {"clear_celsius-0": "30"},
        {"celsius-0": "8.5", "why": " "},
        {},
    ],
    ids=["no temperature", "no minutes", "below zero", "over on the bad side", "no reason", "no change"],
)
def test_what_makes_no_sense_is_refused_and_what_was_typed_is_kept(
    world: World, technician: FlaskClient, typed: dict[str, str]
) -> None:
    before = celsius(world)
    answer = changed(technician, **typed)
    assert answer.status_code == 422
    assert "Not changed." in answer.text
    for field, text in typed.items():
        assert field == "why" or f'name="{field}" value="{text}"' in answer.text
    assert celsius(world) == before


@pytest.mark.parametrize("name", ["menaka", "lab"])
def test_who_tends_no_boxes_sees_the_limits_and_changes_none(world: World, name: str) -> None:
    someone, before = signed_in(world, name), celsius(world)
    assert "Change the limits" not in someone.get("/limits/daily", headers=HEADERS).text
    assert changed(someone, **{"celsius-0": "9"}).status_code == 403
    assert celsius(world) == before


def test_the_list_leads_to_every_profile_and_the_unit_to_its_own(world: World, technician: FlaskClient) -> None:
    assert "/limits/daily" in technician.get("/limits").text
    assert "/limits/daily" in technician.get("/units/menaka-1").text


def test_a_profile_that_is_not_there_is_not_found(technician: FlaskClient) -> None:
    assert technician.get("/limits/dayly").status_code == 404
