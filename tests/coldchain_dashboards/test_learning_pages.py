"""What tests teach, on the page: how many there are, what is proposed, and who goes by it with which reason."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.milk.learning import Learnt
from coldchain_server.fleet import offsets
from coldchain_server.lab.learning import Lesson, LessonNow, keep
from invented.browsing import signed_in, token_of
from invented.world import World

PAGE = "/sites/menaka/learning"
DIRTIER = Learnt(log10=0.62, tested=True, low=0.4, high=0.84, batches=24)


def taught(world: World, batches: int, learnt: Learnt | None, *, left_out: int = 0) -> None:
    lesson = Lesson(batches=batches, left_out=left_out, learnt=learnt)
    with world.sessions.begin() as session:
        keep(session, SiteId("menaka"), LessonNow(lesson=lesson, learnt_ms=0, through=1))


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def decided(client: FlaskClient, page: str, *, why: str, seen: str | None = None) -> int:
    form = re.search(r'name="seen" value="([^"]*)"', page)
    assert form is not None
    data = {"csrf_token": token_of(page), "seen": unescape(form.group(1)) if seen is None else seen, "why": why}
    return client.post(PAGE, data=data).status_code


@pytest.fixture
def lab(quiet_world: World) -> FlaskClient:
    return signed_in(quiet_world, "lab", language="en")


def test_without_enough_tests_it_says_how_many_there_are(quiet_world: World, lab: FlaskClient) -> None:
    assert "0 of 20" in words(lab.get(PAGE).text)
    taught(quiet_world, 12, None, left_out=3)
    shown = words(lab.get(PAGE).text)
    assert "12 of 20" in shown
    assert "3 tests say nothing" in shown
    assert "Go by it" not in shown


def test_a_proposal_shows_its_effect_and_is_gone_by_and_withdrawn_with_a_reason(
    quiet_world: World, lab: FlaskClient
) -> None:
    taught(quiet_world, 24, DIRTIER)
    shown = lab.get(PAGE).text
    assert "+0.62 log10" in words(shown)
    assert "past its time at once" in words(shown)
    assert len(shown.encode()) < 20_000
    assert decided(lab, shown, why="") == 422
    assert decided(lab, shown, why="a season of clots") == 302
    with quiet_world.sessions() as session:
        assert offsets.history(session, "menaka")[0].learnt == DIRTIER
    gone_by = lab.get(PAGE).text
    assert "a season of clots" in words(gone_by)
    assert "Proposed" not in words(gone_by)
    assert decided(lab, gone_by, why="the strip was old") == 302
    assert "gone by no longer" in words(lab.get(PAGE).text)


def test_nobody_decides_on_what_they_did_not_see(quiet_world: World, lab: FlaskClient) -> None:
    taught(quiet_world, 24, DIRTIER)
    shown = lab.get(PAGE).text
    cleaner = '{"log10":-0.5,"tested":true,"low":-0.8,"high":-0.5,"batches":24}'
    assert decided(lab, shown, why="x", seen=cleaner) == 422
    assert decided(lab, shown, why="x", seen="{") == 400


def test_a_cooperative_is_told_a_part_of_the_day_and_no_ranges(quiet_world: World) -> None:
    assert signed_in(quiet_world, "menaka").get(PAGE).status_code == 403


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_promises_nothing(quiet_world: World, language: str) -> None:
    taught(quiet_world, 24, DIRTIER)
    shown = words(signed_in(quiet_world, "lab", language=language).get(PAGE).text)
    assert re.search(r"\bsafe|\bsûr|sans danger|\btaste|goût", shown, re.IGNORECASE) is None
