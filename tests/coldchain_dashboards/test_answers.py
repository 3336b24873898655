"""What every answer carries, how failures are told, and what machines are given."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import coldchain_dashboards
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_contract.settings import Secret
from coldchain_dashboards.settings import WebSettings
from coldchain_judgement.course import Course
from coldchain_judgement.verdicts import Standing
from coldchain_server.judging.findings import settle
from coldchain_server.spool.model import Accepted, Reason, quarantined
from invented.browsing import signed_in
from invented.small_fleet import pack
from invented.world import NOW_MS, PASSWORD, World, busy_world

FIRST_VIEW_BYTES = 20_000
STYLE_BYTES = (Path(coldchain_dashboards.__file__).parent / "static" / "page.css").stat().st_size


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", ["/", "/units/menaka-2", "/units/menaka-2?span=7d", "/incidents", "/incidents/1"])
def test_a_first_view_is_under_twenty_kilobytes(world: World, path: str, language: str) -> None:
    client = signed_in(world, language=language)
    assert len(client.get(path).data) + STYLE_BYTES < FIRST_VIEW_BYTES


def test_the_fullest_first_page_is_under_twenty_kilobytes(world: World) -> None:
    for number in range(2, 14):
        world.latest(number, 12.0, ago_ms=0)
    for unit in world.fleet.units:
        world.incident(unit)
        world.box(unit, "red")
    client = signed_in(world, language="fr")
    assert len(client.get("/").data) + STYLE_BYTES < FIRST_VIEW_BYTES


def test_nothing_may_come_from_another_host_or_be_kept(technician: FlaskClient) -> None:
    answer = technician.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with technician.get("/static/page.css") as style:
        assert "no-store" not in style.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Introuvable"), ("en", "Not found")], ids=["français", "English"]
)
def test_what_is_not_there_is_said_in_the_readers_language(world: World, language: str, title: str) -> None:
    answer = signed_in(world, language=language).get("/nothing")
    assert answer.status_code == 404
    assert title in answer.text


def test_a_ledger_that_is_away_gives_a_page_that_says_so(quiet_world: World, tmp_path: Path) -> None:
    client = signed_in(quiet_world)
    quiet_world.engine.dispose()
    for file in tmp_path.glob("ledger.sqlite*"):
        file.unlink()
    (tmp_path / "ledger.sqlite").mkdir()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Out of reach" in answer.text
    assert client.get("/healthz").json == {"ledger": "LedgerUnavailable", "store": "ok", "spool": "ok", "well": False}


def test_something_unforeseen_gives_a_page_without_its_details(quiet_world: World) -> None:
    app = quiet_world.pages()

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the secret of the server")

    answer = app.test_client().get("/broken?lang=en")
    assert answer.status_code == 500
    assert "Something broke" in answer.text
    assert "secret" not in answer.text


def test_what_answers_is_healthy(quiet_world: World) -> None:
    answer = quiet_world.pages().test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ledger": "ok", "store": "ok", "spool": "ok", "well": True})


def test_metrics_count_what_goes_on_and_leave_out_what_is_not_known(world: World) -> None:
    text = world.pages().test_client().get("/metrics").text
    assert 'coldchain_incidents{level="critical",state="open"} 1.0' in text
    assert 'coldchain_notifications{state="failed"} 1.0' in text
    assert 'coldchain_device_last_heard_age_seconds{device="pi-menaka"} 120.0' in text
    assert 'coldchain_up{part="store"} 1.0' in text
    assert "coldchain_spool_depth 0.0" in text
    assert "coldchain_quarantined 0.0" in text


def test_metrics_count_readings_once_and_what_is_wrong_with_boxes(quiet_world: World) -> None:
    taken = Accepted(site=SiteId("menaka"), device=DeviceId("pi-menaka"), live=True, received_ms=NOW_MS, pack=pack())
    refused = quarantined(b"{", Reason.SENML, topic="t", device=None, detail="", received_ms=NOW_MS)
    quiet_world.spool.admit([taken, refused])
    quiet_world.spool.admit([taken])
    with quiet_world.sessions.begin() as session:
        course = Course(small=Standing.BREACH)
        settle(session, SiteId("menaka"), UnitId("menaka-1"), course, now_ms=NOW_MS)
    text = quiet_world.pages().test_client().get("/metrics").text
    for line in (
        "coldchain_readings_received_total 1.0",
        "coldchain_readings_duplicate_total 1.0",
        'coldchain_readings_refused_total{reason="senml"} 1.0',
        "coldchain_requests_open 0.0",
        "coldchain_readings_lost 0.0",
        'coldchain_findings{kind="two-boxes"} 0.0',
        'coldchain_findings{kind="too-small"} 1.0',
    ):
        assert line in text
    assert re.search(r"^coldchain_spool_bytes [1-9]", text, re.MULTILINE)


def test_metrics_are_for_this_machine_or_whoever_has_the_token(quiet_world: World) -> None:
    client = quiet_world.pages().test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 403
    guarded = quiet_world.pages(WebSettings(metrics_token=Secret("let me see"))).test_client()
    assert guarded.get("/metrics").status_code == 403
    assert guarded.get("/metrics", headers={"Authorization": "Bearer let me guess"}).status_code == 403
    assert guarded.get("/metrics", headers={"Authorization": "Bearer let me see"}).status_code == 200


@pytest.fixture
def program(tmp_path: Path) -> Iterator[FlaskClient]:
    """A program that asks with a password instead of a cookie."""
    world = busy_world(tmp_path)
    yield world.pages().test_client()
    world.close()


def test_a_program_reads_units_with_name_and_password(program: FlaskClient) -> None:
    units = json.loads(program.get("/api/v1/units", headers=basic("technician", PASSWORD)).data)["units"]
    first = units[0]
    assert (first["id"], first["light"], first["celsius"], first["fresh"]) == ("menaka-2", "red", 12.4, True)
    assert (first["action"], first["box_light"]) == ("keep-closed-and-test", "red")


def test_a_program_reads_one_unit_with_its_probes_and_incidents(program: FlaskClient) -> None:
    answer = json.loads(program.get("/api/v1/units/tillia-2", headers=basic("technician", PASSWORD)).data)
    assert [probe["quality"] for probe in answer["probes"]] == ["por85", None]
    assert [incident["state"] for incident in answer["incidents"]] == ["acknowledged"]


def test_a_program_of_a_cooperative_reads_its_own_site_only(program: FlaskClient) -> None:
    mine = basic("tillia", PASSWORD)
    listed = json.loads(program.get("/api/v1/incidents", headers=mine).data)["incidents"]
    assert {incident["site"] for incident in listed} == {"tillia"}
    refused = program.get("/api/v1/units/menaka-2", headers=mine)
    assert (refused.status_code, refused.json) == (404, {"error": "Introuvable", "status": 404})


@pytest.mark.parametrize("headers", [{}, basic("technician", "wrong password"), {"Authorization": "Basic ?"}])
def test_a_program_without_the_right_password_is_told_in_json(program: FlaskClient, headers: dict[str, str]) -> None:
    answer = program.get("/api/v1/units", headers={**headers, "Accept-Language": "en"})
    assert (answer.status_code, answer.json) == (401, {"error": "Not signed in", "status": 401})


def test_a_password_in_a_header_opens_no_page_for_people(program: FlaskClient) -> None:
    assert program.get("/", headers=basic("technician", PASSWORD)).status_code == 302
