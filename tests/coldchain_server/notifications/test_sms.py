"""How much one SMS carries, counted as the GSM standard counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.notifications.sms import room_left, septets, spelt_in_gsm


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a", 1), ("é", 1), ("Ç", 1), ("€", 2), ("[a]", 5), ("@\n", 2), ("ç", None), ("ê", None), ("’", None)],
)
def test_letters_count_as_the_alphabet_has_them(text: str, count: int | None) -> None:
    assert septets(text) == count


def test_the_alphabet_has_all_its_letters() -> None:
    everything = [chr(code) for code in range(0x2200)]
    assert sum(septets(letter) == 1 for letter in everything) == 127  # 128 less the escape
    assert sum(septets(letter) == 2 for letter in everything) == 10


def test_one_sms_holds_160_septets_or_70_units() -> None:
    assert room_left("a" * 160) == 0
    assert room_left("€" * 81) == -2
    assert room_left("ê" * 70) == 0
    assert room_left("ê" * 69 + "😀") == -1


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("Ménaka", "Ménaka"),
        ("Aïchatou", "Aichatou"),
        ("Façade", "Facade"),
        ("L’hôtel", "L'hotel"),
        ("Tǝmašǝq ɣ", "Temaseq gh"),
        ("Ɓiriiji Ŋ", "Biriiji Ng"),
        ("تماشق", None),
        ("ⵜⴰⵎⴰⵛⴻⵇ", None),
    ],
)
def test_names_are_spelt_in_letters_every_phone_has_or_not_at_all(name: str, spelt: str | None) -> None:
    assert spelt_in_gsm(name) == spelt


@given(st.text())
def test_whatever_is_spelt_is_spelt_in_the_alphabet(text: str) -> None:
    spelt = spelt_in_gsm(text)
    assert spelt is None or septets(spelt) is not None
