"""Incidents on pages, and saying that somebody handles one."""

import re

import pytest
from flask.testing import FlaskClient

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId
from coldchain_server.ledger.tables import IncidentRow
from invented.browsing import signed_in, token_of
from invented.fleet import ZONES
from invented.world import World


def state_of(world: World, number: int) -> str:
    with world.sessions() as session:
        return session.get_one(IncidentRow, number).state


def test_what_goes_on_comes_before_what_is_over(technician: FlaskClient) -> None:
    page = technician.get("/incidents").text
    assert page.index("Glacière 2 · Too warm") < page.index("Cuve du marché · Too warm")
    assert page.index("<h2>Going on</h2>") < page.index("<h2>Over</h2>") < page.index("Glacière 1 · Too warm")


def test_without_incidents_the_page_says_so_and_that_silence_is_elsewhere(quiet_world: World) -> None:
    assert "No incident is going on. A cooler that is not heard" in signed_in(quiet_world).get("/incidents").text


def test_an_incident_shows_its_limit_its_worst_and_each_attempt_with_its_outcome(technician: FlaskClient) -> None:
    page = technician.get("/incidents/1").text
    whole = ("12.4\u00a0°C", "limit 10\u00a0°C", "Mariama", "not sent", "3 tries", "the server refused the address")
    for said in whole:
        assert said in page


@pytest.mark.parametrize("zone", ZONES, indirect=True)
def test_times_of_an_incident_are_its_sites_own(technician: FlaskClient, zone: str) -> None:
    assert {"Africa/Bamako": "08:50", "Africa/Niamey": "09:50"}[zone] in technician.get("/incidents/1").text


def test_acknowledging_with_a_reason_takes_the_form_away_and_names_who_and_why(
    technician: FlaskClient, world: World
) -> None:
    token = token_of(technician.get("/incidents/1").text.split('class="acknowledge"')[1])
    answer = technician.post("/incidents/1/acknowledge", data={"csrf_token": token, "why": "On my <way>"})
    assert answer.location == "/incidents/1"
    page = technician.get("/incidents/1").text
    assert "Noted. Everybody can see that you handle it." in page
    assert "On my &lt;way&gt;" in page
    assert 'class="acknowledge"' not in page
    assert state_of(world, 1) == "acknowledged"


def test_acknowledging_without_a_reason_asks_for_one(technician: FlaskClient, world: World) -> None:
    token = token_of(technician.get("/incidents/1").text.split('class="acknowledge"')[1])
    technician.post("/incidents/1/acknowledge", data={"csrf_token": token, "why": " "})
    assert "Say in a few words" in technician.get("/incidents/1").text
    assert state_of(world, 1) == "open"


def test_nothing_is_acknowledged_from_another_site_on_the_web(technician: FlaskClient, world: World) -> None:
    assert technician.post("/incidents/1/acknowledge", data={"why": "x"}).status_code == 400
    assert state_of(world, 1) == "open"


def test_a_lab_sees_no_form_and_is_refused(world: World) -> None:
    lab = signed_in(world, "lab")
    page = lab.get("/incidents/1").text
    assert 'class="acknowledge"' not in page
    answer = lab.post("/incidents/1/acknowledge", data={"csrf_token": token_of(page), "why": "x"})
    assert (answer.status_code, state_of(world, 1)) == (403, "open")


def test_a_cooperative_neither_sees_nor_acknowledges_anothers_incident(world: World) -> None:
    tillia = signed_in(world, "tillia")
    assert tillia.get("/incidents/1").status_code == 404
    token = token_of(tillia.get("/incidents").text)
    answer = tillia.post("/incidents/1/acknowledge", data={"csrf_token": token, "why": "x"})
    assert (answer.status_code, state_of(world, 1)) == (404, "open")
    assert "Ménaka" not in tillia.get("/incidents").text


def test_an_incident_that_is_over_no_longer_says_what_to_do(technician: FlaskClient) -> None:
    page = technician.get("/incidents/5").text
    assert "over at" in page
    assert 'class="advice"' not in page


@pytest.mark.parametrize(("hour", "offered"), [(12, "will-look"), (22, "will-look-at-daylight")])
def test_in_a_curfew_nobody_is_offered_to_go_and_look(
    technician: FlaskClient, world: World, hour: int, offered: str
) -> None:
    number = world.incident("anderam-1")
    site = world.fleet.sites[SiteId("anderamboukane")]
    world.clock.set(milliseconds(site.local(world.clock.now_ms()).replace(hour=hour, minute=0)))
    page = technician.get(f"/incidents/{number}").text
    assert re.findall(r'value="(will-look[a-z-]*)"', page) == [offered]


def test_an_answer_is_chosen_shown_and_taken_back(technician: FlaskClient) -> None:
    token = token_of(technician.get("/incidents/1").text)
    technician.post("/incidents/1/acknowledge", data={"csrf_token": token, "handling": "milk-moved"})
    page = technician.get("/incidents/1").text
    assert "The milk is moved" in page
    technician.post("/incidents/1/undo", data={"csrf_token": token})
    assert "Taken back." in technician.get("/incidents/1").text
    technician.post("/incidents/1/undo", data={"csrf_token": token})
    assert "It is too late to take that back." in technician.get("/incidents/1").text


def test_a_made_up_answer_counts_as_words_and_needs_some(technician: FlaskClient) -> None:
    token = token_of(technician.get("/incidents/1").text)
    technician.post("/incidents/1/acknowledge", data={"csrf_token": token, "handling": "dance", "why": ""})
    assert "Say in a few words" in technician.get("/incidents/1").text
