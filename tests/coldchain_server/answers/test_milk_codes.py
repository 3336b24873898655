"""The codes by which a text tells of milk, apart from answers and from temperatures."""

import pytest

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_server.answers.milk_codes import MilkCode, MilkPuzzle, milk_code
from invented.sourced_fleet import COOLER, TANK, sourced_fleet

FLEET = sourced_fleet()
ONE = [FLEET.units[COOLER]]
TWO = [FLEET.units[COOLER], FLEET.units[TANK]]


@pytest.mark.parametrize(
    ("text", "milked"),
    [
        ("L1", Milked.JUST_NOW),
        (" l 2 ", Milked.THIS_MORNING),
        ("Lait 3", Milked.UNKNOWN),
        ("milk 1.", Milked.JUST_NOW),
        ("L0", None),
    ],
)
def test_a_code_says_when_milk_was_milked_or_that_there_is_none_left(text: str, milked: Milked | None) -> None:
    assert milk_code(text, ONE) == MilkCode(unit=ONE[0], milked=milked)


@pytest.mark.parametrize(
    ("text", "unit", "species"),
    [
        ("L1 1", COOLER, None),
        ("L1 cuve", TANK, None),
        ("L1 menaka-2", TANK, None),
        ("L1 chèvre 1", COOLER, Species.GOAT),
        ("L1 2 camel", TANK, Species.CAMEL),
    ],
)
def test_a_code_names_its_cooler_and_the_animal(text: str, unit: str, species: Species | None) -> None:
    said = milk_code(text, TWO)
    assert said == MilkCode(unit=FLEET.units[UnitId(unit)], milked=Milked.JUST_NOW, species=species)


@pytest.mark.parametrize("text", ["1", "?", "X", "L4", "L12", "4,5", "2 4,5", "lundi 3", "", "l'eau 1"])
def test_what_is_no_code_is_left_to_others(text: str) -> None:
    assert milk_code(text, TWO) is None


@pytest.mark.parametrize(("text", "key"), [("L1", "1"), ("L2 9", "2"), ("L0 4,5", "0"), ("L", ""), ("Lait.", "")])
def test_what_does_not_say_of_which_cooler_is_asked_back(text: str, key: str) -> None:
    assert milk_code(text, TWO) == MilkPuzzle(key=key)
