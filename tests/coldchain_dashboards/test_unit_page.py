"""The page of one unit."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_dashboards.unit import span_asked
from coldchain_server.asking import losses
from coldchain_server.asking.findings import FindingKind, begin
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.asking.losses import Loss
from coldchain_server.ledger.tables import RequestRow
from coldchain_server.queries import Queries, Span
from coldchain_server.store.sqlite import SqliteStore
from invented.browsing import signed_in, token_of
from invented.fleet import ZONES
from invented.small_fleet import OUTBOX
from invented.world import NOW_MS, World


def test_a_unit_shows_its_state_its_curve_its_probes_and_its_incidents(technician: FlaskClient) -> None:
    page = technician.get("/units/menaka-2").text
    for said in ("Act now", "red light", 'class="line milk"', "≤ 10\u00a0°C", "no data", "Air inside", "Going on"):
        assert said in page


@pytest.mark.parametrize("zone", ZONES, indirect=True)
def test_its_time_axis_is_the_sites_own(technician: FlaskClient, zone: str) -> None:
    page = technician.get("/units/menaka-2?span=6h").text
    ticks = [part.split(">")[1].split("<")[0] for part in page.split('y="215"')[1:]]
    first = {"Africa/Bamako": "04:00", "Africa/Niamey": "05:00"}[zone]
    assert ticks[0] == first


def test_the_table_says_what_the_picture_shows(technician: FlaskClient) -> None:
    table = technician.get("/units/menaka-2").text.split("<tbody>")[1].split("</tbody>")[0]
    assert table.count("<tr>") == 12
    assert "12." in table.split("<tr>")[-1]
    month = technician.get("/units/menaka-2?span=30d").text.split("<tbody>")[1].split("</tbody>")[0]
    assert month.count("no data") == 11


def test_a_store_that_is_down_takes_only_the_curve_away(world: World, tmp_path: Path) -> None:
    queries = Queries(
        sessions=world.sessions,
        fleet=world.fleet,
        store=SqliteStore(tmp_path),  # a folder is no database
        clock=world.clock,
        spool=world.spool,
    )
    pages = create_pages(queries=queries, actions=world.actions, settings=WebSettings(), clock=world.clock)
    answer = signed_in(pages).get("/units/menaka-2")
    assert answer.status_code == 200
    assert "12.4\u00a0°C" in answer.text
    assert "The curve cannot be read now." in answer.text
    assert '<svg class="chart"' not in answer.text


def test_a_probe_fault_is_said_with_its_remedy(technician: FlaskClient) -> None:
    assert "The probe loses power: check the red wire" in technician.get("/units/tillia-2").text


def test_a_unit_that_was_never_heard_has_a_page(quiet_world: World) -> None:
    page = signed_in(quiet_world).get("/units/menaka-1").text
    assert "No reading yet" in page
    assert "No readings in this span." in page


def test_a_cooperative_does_not_find_anothers_unit(world: World) -> None:
    answer = signed_in(world, "tillia").get("/units/menaka-2")
    assert answer.status_code == 404
    assert "Glacière 2" not in answer.text


@pytest.mark.parametrize(
    ("text", "span"), [("6h", Span.HOURS_6), ("30d", Span.DAYS_30), (None, Span.HOURS_24), ("∞", Span.HOURS_24)]
)
def test_the_span_is_asked_for_in_the_address(text: str | None, span: Span) -> None:
    assert span_asked(text) is span


def test_a_technician_sees_the_boxes_and_has_one_blink(world: World) -> None:
    client = signed_in(world)
    assert "never heard" not in client.get("/units/menaka-2").text  # the busy world's box has spoken
    told = ask(client, "identify", follow_redirects=True).text
    assert "Asked. The box answers as soon as it is on line." in told
    assert "Let the light blink · waits for the answer" in told
    (row,) = requests(world)
    assert (row.device, row.action, row.who) == ("pi-menaka", "identify", "technician")


@pytest.mark.parametrize("name", ["menaka", "lab"])
def test_who_tends_no_boxes_neither_sees_nor_asks_them(world: World, name: str) -> None:
    client = signed_in(world, name)
    assert "Boxes" not in client.get("/units/menaka-2").text
    assert ask(client, "read").status_code == 403
    assert requests(world) == []


def test_what_a_page_does_not_offer_is_not_asked(world: World) -> None:
    answer = ask(signed_in(world), "silence")
    assert (answer.status_code, requests(world)) == (400, [])


def test_two_boxes_and_lost_readings_are_said_in_words(world: World) -> None:
    here = Topic(SiteId("menaka"), DeviceId("pi-menaka"), Kind.STATUS)
    loss = Loss(site=here.site, device=here.device, outbox=OUTBOX, sequences=Sequences.span(1, 12), why=WhyLost.GONE)
    with world.sessions.begin() as session:
        begin(session, FindingKind.TWO_BOXES, here, at_ms=NOW_MS - 3_600_000, detail="")
        losses.enter(session, loss, now_ms=NOW_MS)
    page = signed_in(world).get("/units/menaka-2").text
    assert "Two boxes use this name, since " in page
    assert "12 readings are lost for good." in page
    assert "12 mesures sont définitivement perdues." in signed_in(world, language="fr").get("/units/menaka-2").text


def ask(client: FlaskClient, action: str, **options: bool) -> TestResponse:
    token = token_of(client.get("/units/menaka-2").text)
    words = {"action": action, "csrf_token": token}
    return client.post("/units/menaka-2/boxes/pi-menaka", data=words, **options)


def requests(world: World) -> list[RequestRow]:
    with world.sessions() as session:
        return list(session.scalars(select(RequestRow)))
