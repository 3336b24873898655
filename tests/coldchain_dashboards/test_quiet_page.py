"""What nobody is told of for a while, on its page: made with an end and a reason, ended early, and who may."""

import re
from pathlib import Path

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coldchain_contract.identifiers import UnitId
from coldchain_server.ledger.tables import MuteRow, SetAsideRow
from invented.browsing import signed_in, token_of
from invented.fleet import invented_fleet
from invented.world import HOUR_MS, NOW_MS, World, empty_world

HEADERS = {"Accept-Language": "en"}
FORM = {"where": "unit:menaka-1", "hours": "4", "begins": "0", "why": "the power is being repaired"}


def sent(client: FlaskClient, path: str = "/quiet", /, **typed: str) -> TestResponse:
    token = token_of(client.get("/quiet").text)
    return client.post(path, data={"csrf_token": token, **typed}, headers=HEADERS)


def mutes(world: World) -> list[MuteRow]:
    with world.sessions() as session:
        return list(session.scalars(select(MuteRow)))


def test_a_cooler_is_kept_quiet_until_a_stated_hour_and_the_page_says_so(world: World, technician: FlaskClient) -> None:
    assert sent(technician, **FORM).status_code == 302
    (row,) = mutes(world)
    assert (row.unit, row.from_ms, row.to_ms, row.critical_milk) == ("menaka-1", NOW_MS, NOW_MS + 4 * HOUR_MS, False)
    assert "the power is being repaired" in technician.get("/quiet", headers=HEADERS).text


def test_it_can_begin_later_and_cover_a_site_or_all_of_them(world: World, technician: FlaskClient) -> None:
    sent(technician, **FORM | {"where": "site:menaka", "begins": "2"})
    sent(technician, **FORM | {"where": "everywhere", "milk": "on"})
    site, everywhere = mutes(world)
    assert (site.site, site.unit, site.from_ms) == ("menaka", "", NOW_MS + 2 * HOUR_MS)
    assert (everywhere.site, everywhere.unit, everywhere.critical_milk) == ("", "", True)
    assert "Critical milk is not told either." in technician.get("/quiet", headers=HEADERS).text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"why": " "}, 422),
        ({"milk": "on", "hours": "72"}, 422),
        ({"hours": "5"}, 400),
        ({"where": "menaka-1"}, 400),
        ({"where": "unit:nowhere"}, 404),
    ],
    ids=["no reason", "critical milk for days", "no length of ours", "no place of ours", "no such cooler"],
)
def test_what_has_no_reason_or_end_is_refused(
    world: World, technician: FlaskClient, typed: dict[str, str], status: int
) -> None:
    assert sent(technician, **FORM | typed).status_code == status
    assert mutes(world) == []


def test_it_is_ended_by_whoever_may_before_its_time(world: World, technician: FlaskClient) -> None:
    sent(technician, **FORM)
    sent(technician, f"/quiet/{mutes(world)[0].id}/end")
    assert mutes(world)[0].to_ms == NOW_MS
    assert "Nothing is kept quiet." in technician.get("/quiet", headers=HEADERS).text


def test_who_sees_no_cooler_reads_what_is_quiet_everywhere(tmp_path: Path) -> None:
    bare = empty_world(tmp_path, msgspec.structs.replace(invented_fleet(), units={}, placements=()))
    assert sent(signed_in(bare, "technician"), **FORM | {"where": "everywhere"}).status_code == 302
    page = signed_in(bare, "menaka").get("/quiet", headers=HEADERS)
    assert (page.status_code, "Everywhere" in page.text) == (200, True)


def test_a_cooperative_quietens_its_own_site_only_and_a_lab_none(world: World) -> None:
    menaka, lab = signed_in(world, "menaka"), signed_in(world, "lab")
    assert sent(menaka, **FORM).status_code == 302
    assert sent(menaka, **FORM | {"where": "everywhere"}).status_code == 404
    assert "Keep it quiet" not in lab.get("/quiet", headers=HEADERS).text
    assert sent(lab, **FORM).status_code == 403
    assert len(mutes(world)) == 1


def test_a_probe_that_was_called_faulty_is_put_back_in_use(world: World, technician: FlaskClient) -> None:
    probe = next(iter(world.fleet.placements_of(UnitId("menaka-1")))).probe
    row = SetAsideRow(site="menaka", unit="menaka-1", probe=probe, from_ms=NOW_MS, incident_id=1, who="awa", why="wet")
    with world.sessions.begin() as session:
        session.add(row)
    page = technician.get("/quiet", headers=HEADERS).text
    assert "Probes set aside" in page
    sent(technician, f"/probes/{probe}/back")
    assert "Probes set aside" not in technician.get("/quiet", headers=HEADERS).text


def test_a_cooler_is_kept_quiet_from_its_incident_too(world: World, technician: FlaskClient) -> None:
    page = technician.get("/incidents/1").text.split("Tell nobody for a while")[1]
    form = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page)
    technician.post("/quiet", data={**dict(form), "hours": "4", "why": "defrosting <it>"})
    (row,) = mutes(world)
    assert (row.unit, row.to_ms - row.from_ms, row.critical_milk) == ("menaka-2", 4 * HOUR_MS, False)
    assert "Kept quiet</a> (1)" in technician.get("/incidents").text
    assert "defrosting &lt;it&gt;" in technician.get("/quiet").text
    assert "Tell nobody for a while" not in signed_in(world, "lab").get("/incidents/1").text
