"""Tests of milk on the pages: told by one touch or a number, refusing milk, lengthening nothing, and taken back."""

import re
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coldchain_dashboards.testing import AGO_HOURS, AT_THE_COOLER, IN_A_LAB
from coldchain_judgement.milk import events
from coldchain_judgement.milk.kinds import Look, QualityTest
from coldchain_judgement.milk.testing import SCALES
from coldchain_server.milk import rows
from invented.browsing import signed_in, token_of
from invented.world import HOUR_MS, NOW_MS, World

UNIT = "menaka-1"
MILK, PAGE = f"/units/{UNIT}/milk", f"/units/{UNIT}/test"
DAY_MS = 24 * HOUR_MS


def posted(client: FlaskClient, where: str = PAGE, **typed: str) -> TestResponse:
    token = token_of(client.get(MILK).text)
    return client.post(where, data={"csrf_token": token, "key": str(uuid4()), "ago": "0", **typed})


def entries(world: World) -> list[rows.Entry]:
    with world.sessions() as session:
        return rows.of_unit(session, UNIT, from_ms=0, to_ms=NOW_MS + HOUR_MS)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.fixture
def cooperative(quiet_world: World) -> FlaskClient:
    client = signed_in(quiet_world, "menaka", language="en")
    posted(client, MILK, milked="just-milked")
    return client


def test_clots_refuse_the_milk_at_once_and_a_slip_is_taken_back(quiet_world: World, cooperative: FlaskClient) -> None:
    assert posted(cooperative, of="cob", shown="failed").status_code == 302
    shown = words(cooperative.get(MILK).text)
    assert "Not for drinking" in shown
    assert "A test refused it" in shown
    assert "Clot on boiling, failed" in shown
    posted(cooperative, f"{PAGE}/undo", number=str(entries(quiet_world)[-1].id))
    assert "A test refused it" not in words(cooperative.get(MILK).text)
    assert entries(quiet_world)[-1].withdrawn_by == "menaka"


def test_milk_that_was_refused_on_receipt_is_refused_in_the_cooler(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    quiet_world.clock.set(NOW_MS + 20 * 60_000)
    posted(cooperative, of="cob", shown="failed", ago="1")
    assert "A test refused it" in words(cooperative.get(MILK).text)


def test_a_test_of_milk_that_is_gone_refuses_none_that_came_since(quiet_world: World, cooperative: FlaskClient) -> None:
    quiet_world.clock.set(NOW_MS + HOUR_MS)
    posted(cooperative, MILK, emptied="1")
    quiet_world.clock.set(NOW_MS + 2 * HOUR_MS)
    posted(cooperative, MILK, milked="just-milked")
    posted(cooperative, of="cob", shown="failed", ago="2")
    assert "A test refused it" not in words(cooperative.get(MILK).text)


def test_a_passed_test_is_noted_with_what_it_showed_and_changes_nothing(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    before = cooperative.get(MILK).text.split("</article>")[0].split("<article")[1]
    assert posted(cooperative, of="alcohol", shown="passed", percent="72", ago="0").status_code == 302
    after = cooperative.get(MILK).text
    assert after.split("</article>")[0].split("<article")[1] == before
    assert "makes no time longer" in words(after)
    assert entries(quiet_world)[-1].event == events.Tested(
        at_ms=NOW_MS, test=QualityTest.ALCOHOL, failed=False, percent=72.0
    )


def test_a_number_is_typed_as_people_write_it_hours_after_the_test(
    quiet_world: World, cooperative: FlaskClient
) -> None:
    quiet_world.clock.set(NOW_MS + 4 * HOUR_MS)
    assert posted(cooperative, of="acidity", value="19,5", ago="3").status_code == 302
    assert "That is unusual" in words(cooperative.get(MILK).text)
    test = next(one.event for one in entries(quiet_world) if isinstance(one.event, events.Tested))
    assert test == events.Tested(at_ms=NOW_MS + HOUR_MS, test=QualityTest.ACIDITY, failed=False, value=19.5)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"of": "acidity", "value": "sour"}, "is no number"),
        ({"of": "acidity", "value": "200"}, "5 to 130"),
        ({"of": "acidity", "value": "nan"}, "is no number"),
        ({"of": "acidity", "value": ""}, "is a number of"),
        ({"of": "alcohol", "shown": "passed", "percent": "30"}, "60 to 80"),
        ({"of": "density", "value": "29", "celsius": "38"}, "10 to 30"),
    ],
)
def test_what_cannot_be_is_asked_again_with_what_can(
    quiet_world: World, cooperative: FlaskClient, typed: dict[str, str], why: str
) -> None:
    answer = posted(cooperative, **typed)
    assert answer.status_code == 422
    assert why in words(answer.text)
    assert len(entries(quiet_world)) == 1


@pytest.mark.parametrize(
    "typed", [{"of": "cob"}, {"of": "cob", "shown": "good"}, {"of": "cob", "shown": "passed", "ago": "5"}, {}]
)
def test_no_form_of_ours_is_no_test(cooperative: FlaskClient, typed: dict[str, str]) -> None:
    assert posted(cooperative, **typed).status_code == 400
    assert posted(cooperative, of="tasting", shown="passed").status_code == 404


def test_a_lab_tells_of_tests_days_later_and_of_nothing_else(quiet_world: World, cooperative: FlaskClient) -> None:
    lab = signed_in(quiet_world, "lab", language="en")
    assert posted(lab, of="plate-count", value="300000", ago="120").status_code == 302
    assert posted(lab, MILK, milked="just-milked").status_code == 403
    (count,) = [one for one in entries(quiet_world) if one.who == "lab"]
    assert count.event.at_ms == NOW_MS - 5 * DAY_MS
    page = words(lab.get(PAGE).text)
    assert "Bacteria counted on plates 300,000 /ml, passed" in page
    assert posted(lab, f"{PAGE}/undo", number=str(count.id)).status_code == 302
    assert signed_in(quiet_world, "tillia").get(PAGE).status_code == 404


def test_programs_read_the_tests_that_count(quiet_world: World, cooperative: FlaskClient) -> None:
    posted(cooperative, of="look-and-smell", shown="off-smell")
    posted(cooperative, of="fat", value="4")
    posted(cooperative, f"{PAGE}/undo", number=str(entries(quiet_world)[-1].id))
    (test,) = cooperative.get(f"/api/v1/units/{UNIT}/milk").get_json()["tests"]
    assert (test["test"], test["failed"], test["look"], test["value"]) == ("look-and-smell", True, "off-smell", None)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_test_has_a_page_of_its_own_that_is_light_and_names_what_can_be(
    quiet_world: World, language: str
) -> None:
    client = signed_in(quiet_world, "menaka", language=language)
    first = client.get(PAGE)
    assert len(first.data) < 20_000
    for test in (*AT_THE_COOLER, *IN_A_LAB):
        assert f"of={test.value}" in first.text
        form = client.get(f"{PAGE}?of={test.value}")
        assert form.status_code == 200
        assert len(form.data) < 20_000
        scale = SCALES.get(test)
        assert scale is None or scale.unit in form.text
    looks = client.get(f"{PAGE}?of=look-and-smell").text
    assert all(f'value="{look.value}"' in looks for look in Look)
    assert set(AT_THE_COOLER) | set(IN_A_LAB) == set(QualityTest) - {QualityTest.OTHER}
    assert max(AGO_HOURS) * HOUR_MS < 10 * DAY_MS
