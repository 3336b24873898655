"""Readings by SMS as gateways post them: let in by a key, taken once, answered in the reply."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from coldchain_contract.settings import Secret
from coldchain_dashboards.settings import WebSettings
from coldchain_server.ledger.tables import HandReadingRow
from invented.sourced_fleet import AMINATA, PLACES, TEXT, sourced_fleet
from invented.world import World, empty_world

KEY = "a-long-and-unlikely-key"
HOOK = f"/hooks/sms?key={KEY}"
AFRICAS_TALKING = {
    "from": AMINATA,
    "to": "22333",
    "text": "1 4,5",
    "date": "2026-11-22 09:30:45",
    "id": "ATXid_1",
    "linkId": "SampleLinkId123",
}
TWILIO = {"From": AMINATA, "To": "+15005550006", "Body": "1 4,5", "MessageSid": "SM1", "AccountSid": "AC1"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    yield world
    world.close()


@pytest.fixture
def gateway(world: World) -> FlaskClient:
    return world.pages(WebSettings(sms_key=Secret(KEY))).test_client()


def told(world: World) -> list[tuple[str, float, str]]:
    with world.sessions() as session:
        return [(row.unit, row.celsius, row.channel) for row in session.query(HandReadingRow)]


def parsed(answer: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(answer)  # noqa: S314 - our own answer


def test_africas_talking_posts_a_reading_and_is_answered_in_text(gateway: FlaskClient, world: World) -> None:
    answer = gateway.post(HOOK, data=AFRICAS_TALKING)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.text.startswith("Glacière 1: 4,5 C à 09:30, noté.")
    assert told(world) == [("menaka-1", 4.5, "sms")]


def test_twilio_posts_a_reading_and_is_answered_in_its_own_language(gateway: FlaskClient, world: World) -> None:
    answer = gateway.post(HOOK, data=TWILIO)
    assert answer.mimetype == "text/xml"
    message = parsed(answer.data).find("Message")
    assert message is not None
    assert (message.text or "").startswith("Glacière 1: 4,5 C")
    assert told(world) == [("menaka-1", 4.5, "sms")]


@pytest.mark.parametrize("form", [AFRICAS_TALKING, TWILIO], ids=["africas-talking", "twilio"])
def test_what_a_gateway_posts_again_counts_once(gateway: FlaskClient, world: World, form: dict[str, str]) -> None:
    answers = {gateway.post(HOOK, data=form).text for _ in range(3)}
    assert (len(told(world)), len(answers)) == (1, 1)


def test_a_number_nobody_has_is_answered_nothing(gateway: FlaskClient, world: World) -> None:
    assert gateway.post(HOOK, data={**AFRICAS_TALKING, "from": "+22399999999"}).text == ""
    empty = gateway.post(HOOK, data={**TWILIO, "From": "+22399999999"})
    assert parsed(empty.data).find("Message") is None
    assert told(world) == []


def test_a_name_with_signs_in_it_does_not_break_the_answer(tmp_path: Path) -> None:
    named = (TEXT + PLACES).replace('name = "Glacière 1"', 'name = "Lait & <Fils> 1"')
    world = empty_world(tmp_path, sourced_fleet(named))
    answer = world.pages(WebSettings(sms_key=Secret(KEY))).test_client().post(HOOK, data=TWILIO)
    message = parsed(answer.data).find("Message")
    assert message is not None
    assert (message.text or "").startswith("Lait & <Fils> 1: 4,5 C")
    world.close()


@pytest.mark.parametrize(
    ("address", "status"),
    [("/hooks/sms", 403), ("/hooks/sms?key=", 403), ("/hooks/sms?key=wrong", 403), (HOOK + "é", 403)],
)
def test_nobody_posts_without_the_key(gateway: FlaskClient, world: World, address: str, status: int) -> None:
    assert gateway.post(address, data=AFRICAS_TALKING).status_code == status
    assert told(world) == []


def test_without_a_key_in_the_settings_there_is_no_hook(world: World) -> None:
    assert world.pages().test_client().post("/hooks/sms?key=", data=AFRICAS_TALKING).status_code == 404


@pytest.mark.parametrize("missing", ["from", "text"])
def test_what_is_no_sms_is_refused(gateway: FlaskClient, missing: str) -> None:
    form = {name: value for name, value in AFRICAS_TALKING.items() if name != missing}
    assert gateway.post(HOOK, data=form).status_code == 400
    assert gateway.get(HOOK).status_code == 405
