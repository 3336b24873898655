"""Freshness cards on the pages: made by one touch, shown to anybody who has the code, and to nobody who guesses."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from coldchain_contract.readings import Reading
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_judgement.milk import events
from coldchain_judgement.milk.kinds import Milked, QualityTest
from coldchain_server.actions import Actions
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Role
from coldchain_server.gateways.settings import Gateways
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.milk import rows
from coldchain_server.pictures.canvas import LARGEST_BYTES
from coldchain_server.queries import Queries
from invented.browsing import signed_in, token_of
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of
from invented.world import PASSWORD

SIX_IN_THE_MORNING = 947
PAGE = f"/units/{UNIT}/freshness"


@pytest.fixture
def late(tmp_path: Path) -> Iterator[LateWatched]:
    """A cooler with milk of this morning in it, cold for two hours, and tested."""
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=300, report_s=3600)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet)
    minutes = [SIX_IN_THE_MORNING + minute for minute in range(0, 180, 5)]
    milked = events.MilkIn(at_ms=minute_ms(minutes[0] + 61), milked=Milked.JUST_NOW)
    with late.sessions.begin() as session:
        telling = rows.Telling(key="in", site=SITE, unit=UNIT, event=milked, who="menaka", channel="page")
        rows.tell(session, telling, now_ms=milked.at_ms)
    late.clock.set(minute_ms(minutes[-1]))
    late.arrive(1, [Reading(probe=MILK, at_ms=minute_ms(one), value=5.0) for one in minutes], live=True)
    late.write()
    yield late
    late.close()
    engine.dispose()


def tested(late: LateWatched, *, failed: bool = False) -> None:
    event = events.Tested(at_ms=late.clock.now_ms(), test=QualityTest.CLOT_ON_BOILING, failed=failed)
    with late.sessions.begin() as session:
        telling = rows.Telling(key=str(uuid4()), site=SITE, unit=UNIT, event=event, who="menaka", channel="page")
        rows.tell(session, telling, now_ms=event.at_ms)


@pytest.fixture
def pages(late: LateWatched) -> Flask:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    actions = Actions(sessions=late.sessions, fleet=late.fleet, clock=late.clock, hasher=hasher)
    actions.add_user("menaka", PASSWORD, role=Role.COOPERATIVE, site=SITE, language="fr", who="test")
    actions.add_user("lab", PASSWORD, role=Role.LAB, site=None, language="en", who="test")
    return create_pages(
        queries=queries,
        actions=actions,
        settings=WebSettings(sign_in_tries=3, https=False),
        clock=late.clock,
        gateways=Gateways(public_url="https://froid.example.org"),
    )


@pytest.fixture
def women(pages: Flask) -> FlaskClient:
    return signed_in(pages, "menaka")


def made(women: FlaskClient, *, key: str = "") -> str:
    """Make a card; return its code."""
    token = token_of(women.get(PAGE).text)
    answer = women.post(PAGE, data={"csrf_token": token, "key": key or str(uuid4())})
    assert answer.status_code == 302, answer.text
    return answer.location.rsplit("/", maxsplit=1)[-1]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_without_a_test_it_says_so_and_leads_to_one(women: FlaskClient) -> None:
    shown = women.get(PAGE).text
    assert "No card now. It was not tested since it was poured in." in words(shown)
    assert f"/units/{UNIT}/test" in shown
    assert "Make the card" not in shown


def test_a_buyer_without_a_name_sees_what_the_card_says_and_nothing_of_people(
    late: LateWatched, women: FlaskClient, pages: Flask
) -> None:
    tested(late)
    assert "Kept cold: 1 h of 1 h measured" in words(women.get(PAGE).text)
    code = made(women)
    answer = pages.test_client().get(f"/cards/{code.lower()}?lang=en")
    shown = words(answer.text)
    assert "This card holds" in shown
    for said in ("Kept cold", "Milked", "Passed: Clot on boiling", "To be sold by", "Boil before drinking"):
        assert said in shown, said
    assert f"https://froid.example.org/cards/{code}" in shown
    for hidden in ("menaka-1", "menaka-pi", "Take it back", "WhatsApp", " L "):
        assert hidden not in shown, hidden
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert len(answer.data) < 20_000


def test_the_same_form_sent_twice_makes_one_card(late: LateWatched, women: FlaskClient) -> None:
    tested(late)
    key = str(uuid4())
    assert made(women, key=key) == made(women, key=key)
    assert women.get(PAGE).text.count("/cards/") == 1


def test_the_picture_is_small_and_is_not_there_of_a_card_that_fell(late: LateWatched, women: FlaskClient) -> None:
    tested(late)
    code = made(women)
    for language in ("fr", "en"):
        answer = women.get(f"/cards/{code}/card.png?lang={language}")
        assert answer.mimetype == "image/png"
        assert len(answer.data) <= LARGEST_BYTES
        assert Image.open(BytesIO(answer.data)).size == (600, 800)
    tested(late, failed=True)
    assert women.get(f"/cards/{code}/card.png").status_code == 404
    assert "does not hold any more" in women.get(f"/cards/{code}").text


def test_who_made_it_sends_it_and_takes_it_back(late: LateWatched, women: FlaskClient) -> None:
    tested(late)
    code = made(women)
    shown = women.get(f"/cards/{code}").text
    assert 'href="https://wa.me/?text=' in shown
    assert 'href="sms:?body=' in shown
    answer = women.post(f"/cards/{code}/withdraw", data={"csrf_token": token_of(shown)}, follow_redirects=True)
    assert "Taken back" in answer.text
    assert "does not hold any more" in answer.text
    assert "taken back" in women.get(PAGE).text


def test_a_lab_looks_on(late: LateWatched, women: FlaskClient, pages: Flask) -> None:
    tested(late)
    code, lab = made(women), signed_in(pages, "lab")
    assert "Make the card" not in lab.get(PAGE).text
    token = token_of(women.get(PAGE).text)
    assert "Take it back" not in lab.get(f"/cards/{code}").text
    assert lab.post(PAGE, data={"csrf_token": token, "key": str(uuid4())}).status_code in (400, 403)


def test_a_code_is_typed_as_it_is_shown_and_a_slip_is_said(late: LateWatched, women: FlaskClient, pages: Flask) -> None:
    tested(late)
    code, buyer = made(women), pages.test_client()
    spaced = "-".join((code[:3], code[3:6], code[6:]))
    assert buyer.get(f"/cards?code={spaced}").location == f"/cards/{code}"
    wrong = buyer.get(f"/cards?code={code[:8]}&lang=en")
    assert (wrong.status_code, "There is no card" in wrong.text) == (404, True)
    assert "code" in buyer.get("/cards?lang=en").text


def test_whoever_guesses_must_wait(late: LateWatched, women: FlaskClient, pages: Flask) -> None:
    tested(late)
    code, guesser = made(women), pages.test_client()
    for guess in ("AAAAAAAAA", "BBBBBBBBB", "nonsense"):
        assert guesser.get(f"/cards/{guess}").status_code == 404
    assert guesser.get(f"/cards/{code}").status_code == 429
