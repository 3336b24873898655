"""What no message may ever say, and what each must: over everything there is to say, in every language written here."""

import re
from functools import cache

import pytest

from coldchain_judgement.advice import Action
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.file import LONGEST_NAME
from coldchain_server.notifications.catalogue import WRITTEN, written
from coldchain_server.notifications.news import Change, advice_on
from coldchain_server.notifications.sms import room_left, septets
from coldchain_server.notifications.wording import message_text
from coldchain_server.words.everything import LONGEST_NAMES, SHORT_NAMES, Occasion, every_occasion
from coldchain_server.words.forbidden import forbidden_in

NEEDS_A_WAY = {"fr": "Voyez|Appelez|Réglez", "en": "See the|Call|Set it"}


SAY_BOIL_OR_NOBODY = {Action.SELL, Action.BOIL_OR_FERMENT, Action.NOT_FOR_DRINKING}


@cache
def said(language: str, names: tuple[str, str]) -> tuple[tuple[Occasion, str], ...]:
    """Every message there can be, with what it is about."""
    return tuple(
        (occasion, message_text(occasion.news, language, now_ms=occasion.now_ms)) for occasion in every_occasion(*names)
    )


@pytest.mark.parametrize("language", WRITTEN)
def test_no_message_says_safe_or_good_or_offers_to_taste_and_few_to_boil(language: str) -> None:
    for occasion, text in said(language, SHORT_NAMES):
        assert not forbidden_in(text, language, may_say_boil=is_in_time(occasion)), (occasion, text)


def is_in_time(occasion: Occasion) -> bool:
    """Whether the milk has, at worst, under 10^6 a ml when that is said."""
    news, until_ms = occasion.news, occasion.news.good_until_ms
    if news.milk is not None:
        return news.milk.boils or news.milk.advice.action is not Action.NOT_FOR_DRINKING
    in_time = until_ms is not None and occasion.now_ms < until_ms
    return news.why is Why.TIME_LEFT and news.level is Level.WARNING and in_time


@pytest.mark.parametrize("language", WRITTEN)
def test_milk_past_its_time_is_said_to_be_for_nobody_however_long_the_message_waited(language: str) -> None:
    words = written(language)["action.not-for-drinking"]
    for occasion, text in said(language, SHORT_NAMES):
        if occasion.news.milk is None:
            assert (words in text) == is_past(occasion), text


def is_past(occasion: Occasion) -> bool:
    """Whether it was found that the milk's time runs out, and that has happened when it is told."""
    news, until_ms = occasion.news, occasion.news.good_until_ms
    past = news.level is Level.CRITICAL or (until_ms is not None and until_ms <= occasion.now_ms)
    return news.why is Why.TIME_LEFT and past and news.change not in {Change.RESOLVED, Change.PAST}


@pytest.mark.parametrize("language", WRITTEN)
def test_nobody_is_asked_to_test_or_keep_milk_that_is_for_nobody_by_now(language: str) -> None:
    words = written(language)
    offered = [words[f"action.{name}"].split("{")[0] for name in ("keep-closed", "test-before-selling", "nothing")]
    for occasion, text in said(language, SHORT_NAMES):
        if occasion.news.milk is not None and occasion.news.milk.advice.action is Action.NOT_FOR_DRINKING:
            assert not any(offer in text for offer in offered), text
            assert not is_past(occasion) or words["action.not-for-drinking"] in text, text


@pytest.mark.parametrize("language", WRITTEN)
def test_boiling_before_drinking_is_said_once_of_milk_that_people_may_drink_where_it_fits(language: str) -> None:
    words = written(language)["message.boil"]
    for occasion, text in said(language, SHORT_NAMES):
        news = occasion.news
        due = advice_on(news, now_ms=occasion.now_ms).action
        boils = news.milk is not None and news.milk.boils and due not in SAY_BOIL_OR_NOBODY
        fits = room_left(text) > len(words)
        assert text.count(words) <= int(boils or due is Action.SELL), text
        assert words in text or not (boils and fits), text


@pytest.mark.parametrize("language", WRITTEN)
def test_inside_the_curfew_and_only_there_the_last_words_are_do_not_go_out(language: str) -> None:
    ending = written(language)["stay-inside"]
    for occasion, text in said(language, LONGEST_NAMES):
        site = occasion.news.site
        assert text.endswith(ending) == site.in_curfew(site.local(occasion.now_ms).time()), text


@pytest.mark.parametrize("language", WRITTEN)
def test_inside_the_curfew_nothing_is_asked_that_needs_a_way(language: str) -> None:
    ending = written(language)["stay-inside"]
    for _, text in said(language, SHORT_NAMES):
        assert not (text.endswith(ending) and re.search(NEEDS_A_WAY[language], text)), text


@pytest.mark.parametrize("language", WRITTEN)
def test_every_message_is_one_sms_in_letters_every_phone_has_with_the_longest_names(language: str) -> None:
    assert all(len(name) == LONGEST_NAME for name in LONGEST_NAMES)
    for occasion, text in said(language, LONGEST_NAMES):
        assert septets(text) is not None
        assert room_left(text) >= 0, (occasion, text)


@pytest.mark.parametrize("language", WRITTEN)
def test_however_long_the_names_a_message_says_which_unit_of_which_site(language: str) -> None:
    for occasion, text in said(language, LONGEST_NAMES):
        assert re.match(begins(occasion, "Réfri[^,]*", "Coopé"), text), text


@pytest.mark.parametrize("language", WRITTEN)
def test_every_message_begins_with_its_place_and_says_since_when(language: str) -> None:
    for occasion, text in said(language, SHORT_NAMES):
        assert re.match(begins(occasion, "Frigo 2", "Ménaka[:,] "), text), text
        assert re.search(r"\d\d:\d\d|\d+/\d+", text), (occasion, text)


def begins(occasion: Occasion, unit: str, site: str) -> str:
    if occasion.news.sites > 1:
        return f"30 sites (dont|with) {site}"
    return site if occasion.news.unit is None else f"{unit}, {site}"


@pytest.mark.parametrize("language", WRITTEN)
def test_every_message_gives_one_action_and_no_other(language: str) -> None:
    words = written(language)
    begins = {action: re.split(r"[.{]", words[f"action.{action.value}"])[0].strip() for action in Action}
    longer = {Action.KEEP_CLOSED: words["action.keep-closed-and-test"]}
    for occasion, text in said(language, SHORT_NAMES):
        due = advice_on(occasion.news, now_ms=occasion.now_ms).action
        assert begins[due] in text, text
        for other, beginning in begins.items():
            if other is not due and beginning not in words[f"action.{due.value}"] and other not in longer:
                assert beginning not in text, (other, text)


@pytest.mark.parametrize("language", WRITTEN)
def test_what_was_held_back_is_said_with_how_many(language: str) -> None:
    words = written(language)["message.held"].format(held=12)
    for occasion, text in said(language, SHORT_NAMES):
        assert (words in text) == bool(occasion.news.held), text


@pytest.mark.parametrize("language", WRITTEN)
def test_no_temperature_is_told_with_a_precision_nobody_has(language: str) -> None:
    for _, text in said(language, SHORT_NAMES):
        assert not re.search(r"\d+[.,]\d|°", text), text


def test_a_reminder_an_escalation_and_a_past_breach_are_told_apart_from_what_has_just_begun() -> None:
    for language in WRITTEN:
        words = written(language)
        forms = {words[f"message.{change.value}"] for change in Change} - {words["message.open"]}
        assert len(forms) == len(Change) - 3  # an outage and what follows held-back ones are told as what they are
