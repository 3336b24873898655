"""The catalogue: every text in every language written here, and French for what nobody has checked."""

import pytest

from coldchain_judgement.advice import Action, When
from coldchain_judgement.light import Light
from coldchain_judgement.verdicts import Why
from coldchain_server.incidents.handling import Handling
from coldchain_server.notifications.catalogue import (
    FIRST,
    LANGUAGES,
    PACKAGED,
    WRITTEN,
    Part,
    every_key,
    lexicon_of,
    part_of,
    placeholders,
    written,
)
from coldchain_server.notifications.news import Change
from coldchain_server.notifications.sms import septets

FRENCH = written(FIRST).texts
NOTHING_IS_WRONG = {Why.WITHIN, Why.HEARD_AGAIN, Why.PROBE_MENDED, Why.WITHDRAWN}
TAMAJAQ = {key: f"ttq {text}" for key, text in FRENCH.items()}


def without(*parts: Part) -> dict[str, str]:
    return {key: text for key, text in TAMAJAQ.items() if part_of(key) not in parts}


@pytest.mark.parametrize("language", WRITTEN)
def test_every_language_written_here_has_every_text_with_the_same_things_filled_in(language: str) -> None:
    texts = written(language).texts
    assert texts.keys() == FRENCH.keys()
    for key, text in texts.items():
        assert set(placeholders(text)) == set(placeholders(FRENCH[key])), key


@pytest.mark.parametrize("language", WRITTEN)
def test_every_text_is_in_letters_every_phone_has(language: str) -> None:
    assert all(septets(text) is not None for text in written(language).texts.values())


def test_there_is_a_text_for_everything_there_is_to_say() -> None:
    breaches = {why.value for why in set(Why) - NOTHING_IS_WRONG}
    wanted = {
        *(f"{table}.{why}" for table in ("wrong", "over") for why in (*breaches, "other")),
        *(f"message.{change.value}" for change in Change),
        *(f"action.{action.value}" for action in Action),
        *(f"by.{when.value}" for when in When),
        *(f"handling.{handling.value}" for handling in Handling),
        *(f"state.{light.value}" for light in Light),
        *(f"months.{month}" for month in range(1, 13)),
    }
    assert wanted <= set(every_key())


def test_a_language_nobody_has_written_is_told_in_french() -> None:
    assert PACKAGED.languages() == frozenset(WRITTEN)
    for language in (*LANGUAGES, "xx"):
        assert PACKAGED.catalogue(language).language == (language if language in WRITTEN else FIRST)


def test_a_language_is_used_when_every_text_of_a_part_was_checked_and_not_before() -> None:
    lexicon = lexicon_of({"ttq": without(Part.CALLS, Part.NEWS)})
    assert "ttq" in lexicon.languages(Part.ALARMS)
    assert "ttq" in lexicon.languages(Part.ANSWERS)
    assert "ttq" not in lexicon.languages(Part.CALLS)
    assert lexicon.catalogue("ttq")["wrong.too-warm"] == "ttq trop chaud"
    assert lexicon.catalogue("ttq", Part.NEWS).language == FIRST


@pytest.mark.parametrize("key", [key for key in every_key() if part_of(key) is Part.ALARMS])
def test_one_text_that_is_missing_keeps_a_language_from_being_used_for_any_part(key: str) -> None:
    lexicon = lexicon_of({"ttq": {one: text for one, text in TAMAJAQ.items() if one != key}})
    assert not any("ttq" in lexicon.languages(part) for part in Part)
    assert lexicon.catalogue("ttq").language == FIRST


def test_texts_of_a_language_written_here_are_not_replaced() -> None:
    assert lexicon_of({"fr": TAMAJAQ}).catalogue("fr") == written("fr")
