"""What a text of another language must be like."""

import pytest

from coldchain_server.notifications.catalogue import FIRST, WRITTEN, every_key, written
from coldchain_server.words.rules import faults_of, messages_too_long

FRENCH = dict(written(FIRST).texts)


@pytest.mark.parametrize("language", WRITTEN)
def test_what_is_written_here_meets_its_own_rules(language: str) -> None:
    for key in every_key():
        assert list(faults_of(key, written(language)[key], language)) == [], key


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("message.open", "{place}: {wrong}. {action}", "lacks {since}"),
        ("message.open", "{place}: {wrong} {since} {who} {action}", "has {who}, which nothing fills in"),
        ("message.open", "{action} {place}: {wrong} {since}", "does not end with {action}"),
        ("message.open", "{place}: {wrong} {since} {action", "a brace that is not closed"),
        ("message.open", "{place.unit}: {wrong} {since} {action}", "lacks {place}"),
        ("message.open", "{place!r}: {wrong} {since} {action}", "braces with something else"),
        ("message.open", "{place:>90}: {wrong} {since} {action}", "braces with something else"),
        ("message.open", "{place}: {wrong} {} {since} {action}", "has {}, which nothing fills in"),
        ("stay-inside", "Qqim\n daɣ ehan", "has a line break"),
        ("stay-inside", "x" * 161, "has 161 letters"),
        ("action.nothing", "Le lait est bon.", "says 'bon'"),
        ("action.nothing", "Milk is SAFE now", "says 'SAFE'"),
        ("action.nothing", "Goûtez", "says 'Goûte'"),
    ],
)
def test_a_text_that_cannot_be_used_says_why_and_what_to_do(key: str, text: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(key, text, "ttq")), list(faults_of(key, text, "ttq"))


def test_french_texts_under_another_name_fit_as_french_does() -> None:
    assert list(messages_too_long("ttq", FRENCH)) == []


def test_a_language_is_tried_only_when_all_its_alarms_are_there() -> None:
    long = {**FRENCH, "wrong.too-warm": "x" * 90}
    del long["wrong.too-cold"]
    assert list(messages_too_long("ttq", long)) == []


def test_messages_of_more_than_one_sms_are_named_by_their_texts_the_worst_first() -> None:
    found = list(messages_too_long("ttq", {**FRENCH, "wrong.too-warm": "x" * 60}))
    assert "message.acknowledged + wrong.too-warm + action.keep-closed-and-test" in found[0]
    assert "letters more than the 160 of one SMS" in found[0]


def test_letters_beyond_the_gsm_alphabet_leave_a_message_seventy() -> None:
    found = list(messages_too_long("ttq", {**FRENCH, "stay-inside": "Qqim daɣ ehan."}))
    assert found
    assert all("more than the 70 of one SMS" in one for one in found)
