"""Muting, putting a probe back in use, and taking an answer back, on pages."""

from flask.testing import FlaskClient
from sqlalchemy import select

from coldchain_server.ledger.tables import MuteRow, SetAsideRow
from invented.browsing import signed_in, token_of
from invented.fleet import urn
from invented.world import World


def post(client: FlaskClient, address: str, **form: str) -> str:
    """Send a form of the incident's page, and return the page it leads to."""
    token = token_of(client.get("/incidents/1").text)
    client.post(address, data={"csrf_token": token, **form})
    return client.get("/incidents").text


def test_a_unit_is_muted_with_a_reason_for_some_hours_and_told_of_again(technician: FlaskClient, world: World) -> None:
    assert "Tell nobody for a while" in technician.get("/incidents/1").text
    page = post(technician, "/units/menaka-2/mute", hours="4", because="defrosting <it>")
    assert "Nobody is told for now. What still goes on then is told." in page
    assert "technician: defrosting &lt;it&gt;" in page
    with world.sessions() as session:
        (row,) = session.scalars(select(MuteRow)).all()
        assert (row.unit, row.to_ms - row.from_ms, row.critical_milk) == ("menaka-2", 4 * 3_600_000, False)
    page = post(technician, "/mutes/1/end")
    assert "People are told again." in page
    assert "defrosting" not in page


def test_spoiling_milk_is_muted_only_where_that_was_ticked(technician: FlaskClient) -> None:
    assert "spoiling milk too" not in post(technician, "/units/menaka-1/mute", hours="1", because="x")
    assert "spoiling milk too" in post(technician, "/units/menaka-1/mute", hours="1", because="x", critical_milk="yes")


def test_a_mute_without_a_reason_or_of_any_length_is_none(technician: FlaskClient, world: World) -> None:
    assert "Say in a few words why" in post(technician, "/units/menaka-1/mute", hours="4", because=" ")
    post(technician, "/units/menaka-1/mute", hours="1000", because="x")
    with world.sessions() as session:
        assert [row.to_ms - row.from_ms for row in session.scalars(select(MuteRow))] == [3_600_000]


def test_a_lab_is_offered_no_mute(world: World) -> None:
    assert "Tell nobody for a while" not in signed_in(world, "lab").get("/incidents/1").text


def test_a_probe_set_aside_is_for_the_next_visit_until_it_is_used_again(technician: FlaskClient, world: World) -> None:
    with world.sessions.begin() as session:
        session.add(SetAsideRow(site="menaka", unit="menaka-1", probe=urn(2), from_ms=0, who="technician", why="wet"))
    page = technician.get("/incidents").text
    assert page.index("For the next authorised visit") < page.index(urn(2))
    page = post(technician, f"/probes/{urn(2)}/back")
    assert "The probe is judged again." in page
    assert "For the next authorised visit" not in page


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
