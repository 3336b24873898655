"""What no page may ever say, in either language, whatever happens."""

import itertools
import re
from datetime import time

import pytest

from coldchain_dashboards import texts
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_judgement.advice import Action, advise
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.kinds import Look, Process, QualityTest
from coldchain_judgement.verdicts import Why
from invented.browsing import signed_in
from invented.fleet import ZONES
from invented.world import HOUR_MS, NOW_MS, World

_GOOD = r"\bsafe|\bsûre?s?\b|sans danger|sans risque|\btaste|goût|\bdrink it|buvez"
NEVER_GOOD = re.compile(_GOOD, re.IGNORECASE)
NEVER = re.compile(rf"{_GOOD}|\bboil|bouill|ferment|caill", re.IGNORECASE)
MAY_BE_BOILED = {Action.SELL, Action.BOIL_OR_FERMENT, *Process, QualityTest.CLOT_ON_BOILING, Look.CLOTS}
"""What is said only while the cautious estimate is under 10^6 a ml; and what people say they have done."""
PATHS = ("/", "/units/menaka-2", "/units/anderam-2", "/units/tillia-2", "/incidents", "/incidents/1", "/nothing")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_calls_milk_safe_or_asks_to_taste_boil_or_ferment_it(world: World, language: str) -> None:
    client = signed_in(world, language=language)
    for path in PATHS:
        words = re.sub(r"<[^>]*>", " ", client.get(path).text)
        assert NEVER.search(words) is None, path


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_text_in_the_catalogue_does_either(quiet_world: World, language: str) -> None:
    app = create_pages(
        queries=quiet_world.queries, actions=quiet_world.actions, settings=WebSettings(), clock=quiet_world.clock
    )
    with app.test_request_context(f"/?lang={language}"):
        for thing, text in texts.SAID.items():
            never = NEVER_GOOD if thing in MAY_BE_BOILED else NEVER
            assert never.search(str(text)) is None, thing


@pytest.mark.parametrize("zone", ZONES, indirect=True)
@pytest.mark.parametrize(("language", "stay"), [("fr", "Ne sortez pas."), ("en", "Do not go out.")])
def test_inside_the_curfew_whatever_is_advised_ends_with_do_not_go_out(
    world: World, language: str, stay: str, zone: str
) -> None:
    world.clock.set(NOW_MS - NOW_MS % (24 * HOUR_MS) + 20 * HOUR_MS)
    page = signed_in(world, language=language).get("/units/anderam-1").text
    advice = page.split('<div class="advice">')[1].split("</div>")[0]
    assert re.sub(r"<[^>]*>", "", advice).strip().endswith(stay)


def test_every_advice_has_pictures_in_the_page() -> None:
    for action in {
        advise(why, level, hot=hot, local=time(9), in_curfew=curfew).action
        for why, level, hot, curfew in itertools.product(Why, Level, (False, True), (False, True))
    } | set(Action):
        assert action in texts.SAID
