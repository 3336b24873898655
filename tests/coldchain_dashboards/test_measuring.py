"""The thermometer's page: what is typed is asked back where it is unusual, noted once, and undone in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coldchain_server.actions import Refusal
from coldchain_server.hand.rows import UNDO_S
from coldchain_server.ledger.tables import HandReadingRow
from invented.browsing import signed_in, token_of
from invented.sourced_fleet import COOLER, FAR, PLACES, TANK, TEXT, sourced_fleet
from invented.world import MINUTE_MS, NOW_MS, World, empty_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    yield world
    world.close()


@pytest.fixture
def awa(world: World) -> FlaskClient:
    return signed_in(world, "menaka")


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def tell(client: FlaskClient, celsius: str, *, page: str = "", unit: str = COOLER, **more: str) -> TestResponse:
    """Send the form as a browser does, from `page` where one is given."""
    page = page or client.get("/measure").text
    form = {"csrf_token": hidden(page, "csrf_token"), "token": hidden(page, "token"), "unit": unit, "celsius": celsius}
    return client.post("/measure", data={**form, "ago": "0", **more})


def told(world: World) -> list[tuple[str, float, int, str, str]]:
    with world.sessions() as session:
        rows = session.query(HandReadingRow).order_by(HandReadingRow.celsius).all()
        return [(row.unit, row.celsius, (NOW_MS - row.at_ms) // MINUTE_MS, row.who, row.state) for row in rows]


def test_a_temperature_is_noted_and_shown_with_the_way_to_undo_it(awa: FlaskClient, world: World) -> None:
    answer = tell(awa, "4,5")
    assert (answer.status_code, answer.location) == (302, f"/measure?unit={COOLER}")
    page = awa.get(answer.location).text
    assert "Noted: Glacière 1, 4.5\u00a0°C." in page
    assert "That was wrong: undo" in page
    assert told(world) == [(COOLER, 4.5, 0, "menaka", "waiting")]


def test_a_form_sent_twice_is_noted_once_and_the_next_one_again(awa: FlaskClient, world: World) -> None:
    page = awa.get("/measure").text
    for _ in range(2):
        assert tell(awa, "4.5", page=page).status_code == 302
    tell(awa, "4.5")
    assert len(told(world)) == 2


def test_how_long_ago_it_was_read_is_chosen(awa: FlaskClient, world: World) -> None:
    tell(awa, "4.5", ago="180")
    assert told(world)[0][2] == 180


@pytest.mark.parametrize(("typed", "celsius"), [("5", -5.0), ("-5", -5.0), ("5,5", -5.5)])
def test_below_zero_is_a_box_to_tick_because_phones_hide_the_sign(
    awa: FlaskClient, world: World, typed: str, celsius: float
) -> None:
    page = tell(awa, typed, below="on").text
    assert "unusual" in page
    tell(awa, typed, page=page, below="on", sure=f"{celsius:g}")
    assert told(world)[0][1] == celsius


def test_an_unusual_temperature_is_asked_back_and_nothing_is_noted_until_it_is_answered(
    awa: FlaskClient, world: World
) -> None:
    answer = tell(awa, "45")
    assert answer.status_code == 422
    assert "45.0\u00a0°C is unusual. Is it right?" in answer.text
    assert 'value="45"' in answer.text
    assert told(world) == []
    tell(awa, "45", page=answer.text, instead="4.5")
    assert [row[1] for row in told(world)] == [4.5]
    tell(awa, "45", sure="45")
    assert [row[1] for row in told(world)] == [4.5, 45.0]


def test_being_sure_of_one_temperature_is_not_being_sure_of_another(awa: FlaskClient, world: World) -> None:
    assert tell(awa, "46", sure="45").status_code == 422
    assert told(world) == []


@pytest.mark.parametrize(
    ("typed", "sure", "why"),
    [("warm", "", Refusal.NO_NUMBER), ("", "", Refusal.NO_NUMBER), ("99", "99", Refusal.IMPOSSIBLE)],
)
def test_what_cannot_be_is_refused_in_words_and_the_form_keeps_what_was_typed(
    awa: FlaskClient, world: World, typed: str, sure: str, why: Refusal
) -> None:
    answer = tell(awa, typed, sure=sure, ago="60")
    assert answer.status_code == 422
    assert {Refusal.NO_NUMBER: "This is no temperature", Refusal.IMPOSSIBLE: "cannot be that warm"}[why] in answer.text
    assert f'value="{typed}"' in answer.text
    assert '<option value="60" selected>' in answer.text
    assert told(world) == []


def test_beyond_a_limit_the_page_says_what_to_do_and_in_curfew_not_to_go_out(tmp_path: Path) -> None:
    curfew = TEXT.replace(
        'zone = "Africa/Bamako"', 'zone = "Africa/Bamako"\ncurfew_from = 09:00:00\ncurfew_to = 10:00:00'
    )
    world = empty_world(tmp_path, sourced_fleet(curfew + PLACES))
    client = signed_in(world, "menaka")
    page = client.get(tell(client, "12").location or "").text
    assert "Above 8\u00a0°C: keep it closed, and measure again in an hour." in page
    assert "Do not go out." in page
    world.close()


def test_undoing_in_time_takes_it_back_and_later_says_that_it_is_too_late(awa: FlaskClient, world: World) -> None:
    for celsius in ("4.5", "5.5"):
        tell(awa, celsius)
    page = awa.get("/measure").text
    addresses = [part.split('"')[0] for part in page.split('action="/measure/')[1:]]
    newest, other = (f"/measure/{address}" for address in addresses)
    awa.post(newest, data={"csrf_token": token_of(page)})
    assert "Undone. It does not count." in awa.get("/measure").text
    world.clock.set(NOW_MS + UNDO_S * 1000)
    assert 'action="/measure/' not in awa.get("/measure").text
    with world.sessions.begin() as session:
        session.query(HandReadingRow).filter_by(state="waiting").update({"state": "entered"})
    awa.post(other, data={"csrf_token": token_of(page)})
    assert "Too late to undo" in awa.get("/measure").text


def test_a_cooperative_is_shown_its_own_coolers_and_told_of_no_others(awa: FlaskClient, world: World) -> None:
    page = awa.get("/measure").text
    assert f'value="{COOLER}"' in page
    assert f'value="{TANK}"' in page
    assert FAR not in page
    assert tell(awa, "4.5", unit=FAR).status_code == 404
    assert told(world) == []


def test_nothing_is_noted_from_another_site_on_the_web(awa: FlaskClient, world: World) -> None:
    assert awa.post("/measure", data={"unit": COOLER, "celsius": "4.5"}).status_code == 400
    assert told(world) == []


@pytest.mark.parametrize("broken", [{"token": "x"}, {"ago": "7"}, {"ago": "x"}])
def test_what_no_form_of_ours_sends_is_refused(awa: FlaskClient, world: World, broken: dict[str, str]) -> None:
    assert tell(awa, "4.5", **broken).status_code == 400
    assert told(world) == []


def test_a_lab_is_shown_no_form_and_may_not_send_one(world: World) -> None:
    lab = signed_in(world, "lab")
    page = lab.get("/measure").text
    assert 'name="celsius"' not in page
    assert '<a href="/measure">' not in lab.get("/").text
    form = {
        "csrf_token": token_of(page),
        "token": "0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d",
        "unit": COOLER,
        "celsius": "4",
    }
    assert lab.post("/measure", data=form).status_code == 403


def test_nobody_measures_without_signing_in(world: World) -> None:
    assert "/sign-in" in (world.pages().test_client().get("/measure").location or "")


def test_where_nothing_is_measured_by_hand_nothing_leads_to_the_page(quiet_world: World) -> None:
    assert '<a href="/measure">' not in signed_in(quiet_world).get("/").text


def test_a_page_being_filled_in_is_not_reloaded(awa: FlaskClient) -> None:
    page = awa.get("/measure").text
    assert 'data-refresh="0"' in page
    assert 'http-equiv="refresh"' not in page
