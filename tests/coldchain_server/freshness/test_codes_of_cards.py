"""The codes of cards: every slip of one sign shows, and so do two signs that were swapped."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.freshness.codes import LENGTH, SIGNS, new_code, read_code, spaced


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code()
    assert len(code) == LENGTH
    for typed in (code, code.lower(), spaced(code), f" {' '.join(code)} "):
        assert read_code(typed) == code


CODES = st.text(SIGNS, min_size=LENGTH - 1, max_size=LENGTH - 1).map(
    lambda drawn: drawn + next(sign for sign in SIGNS if read_code(drawn + sign))
)


@given(CODES, st.data())
def test_a_wrong_sign_and_two_swapped_ones_are_no_code(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, LENGTH - 1))
    wrong = data.draw(st.sampled_from(SIGNS).filter(lambda sign: sign != code[place]))
    assert read_code(code[:place] + wrong + code[place + 1 :]) is None
    if place and code[place] != code[place - 1] and place < LENGTH - 1:
        assert read_code(code[: place - 1] + code[place] + code[place - 1] + code[place + 1 :]) is None


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(SIGNS))


def test_no_two_codes_are_alike() -> None:
    assert len({new_code() for _ in range(1000)}) == 1000
