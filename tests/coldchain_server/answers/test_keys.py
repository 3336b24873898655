"""A text is an answer where it is one key and nothing else; whatever may be a temperature is none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.answers.keys import KEYS, answer_in, asks_state, of_line, pressed
from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.incidents.handling import Handling
from coldchain_server.sources.sms import SmsReading, parse_sms
from invented.sourced_fleet import COOLER, TANK, sourced_fleet

_UNITS = [sourced_fleet().units[name] for name in (COOLER, TANK)]


@given(st.text(max_size=12))
def test_an_answer_is_exactly_one_digit_of_those_that_say_something(text: str) -> None:
    if answer_in(text) is not None:
        digits = [letter for letter in unicodedata.normalize("NFKC", text) if letter.isdecimal()]
        assert len(digits) == 1
        assert str(unicodedata.digit(digits[0])) in KEYS
        assert not any(letter.isalpha() for letter in text)


@given(st.sampled_from(["", "1 ", "2 ", "cuve "]), st.integers(-300, 900), st.sampled_from([".", ","]))
def test_a_temperature_with_a_decimal_or_a_name_is_never_an_answer(name: str, tenths: int, point: str) -> None:
    text = f"{name}{tenths / 10:.1f}".replace(".", point)
    assert answer_in(text) is None
    assert name == "" or isinstance(parse_sms(text, _UNITS), SmsReading)


@given(st.text(max_size=8))
def test_a_question_is_nothing_but_question_marks(text: str) -> None:
    assert asks_state(text) == (bool(text.strip()) and set(text.strip()) <= {"?", "؟"})


@pytest.mark.parametrize("digits", ["1", "1#", "*1", " 1 "])
def test_a_key_of_a_telephone_is_one_with_what_ends_it(digits: str) -> None:
    assert pressed(digits) is Handling.MILK_MOVED


@pytest.mark.parametrize("digits", ["", "11", "4", "9", "#"])
def test_other_keys_answer_nothing(digits: str) -> None:
    assert pressed(digits) is None


def test_every_answer_of_a_line_is_a_handling() -> None:
    assert {of_line(answer).value for answer in LineAnswer} == {answer.value for answer in LineAnswer}
