"""Texts from phones: whatever way people write a temperature, and never a wrong one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.fleet.model import Unit
from coldchain_server.notifications.sms import room_left
from coldchain_server.sources.answering import Answering
from coldchain_server.sources.catalogue import answers
from coldchain_server.sources.hand import Refusal
from coldchain_server.sources.sms import SmsPuzzle, SmsReading, SmsUndo, parse_sms
from invented.sourced_fleet import COOLER, FREEZER, TANK, sourced_fleet

UNITS = [sourced_fleet().units[name] for name in (COOLER, TANK, FREEZER)]  # Glacière 1, Cuve, Congélateur
ONE = UNITS[:1]


def said(text: str, units: list[Unit] = UNITS) -> tuple[str, float] | None:
    found = parse_sms(text, units)
    return (found.unit.id, found.celsius) if isinstance(found, SmsReading) else None


@pytest.mark.parametrize(
    ("text", "celsius"),
    [
        ("4,5", 4.5),
        ("4.5", 4.5),
        ("T 4,5", 4.5),
        ("t4.5", 4.5),
        ("T=4,5", 4.5),
        ("T: 4,5 °C", 4.5),
        ("Température 4,5C", 4.5),
        ("temp 4 c", 4.0),
        ("-2", -2.0),
        ("− 2,5", -2.5),
        ("+4", 4.0),
        ("12", 12.0),
        (" 4,5\n", 4.5),
        ("٤٫٥", 4.5),
        ("4,25", 4.2),
    ],
)
def test_with_one_cooler_a_temperature_is_enough(text: str, celsius: float) -> None:
    assert said(text, ONE) == (COOLER, celsius)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1 4,5", COOLER),
        ("T1 4,5", COOLER),
        ("glaciere 1 4,5", COOLER),
        ("GLACIÈRE 1: 4,5", COOLER),
        ("menaka-1 4,5", COOLER),
        ("cuve 4,5", TANK),
        ("Cuve T 4,5", TANK),
        ("menaka-2 = 4,5", TANK),
        ("congélateur 4,5", FREEZER),
    ],
)
def test_with_several_the_cooler_is_named_as_people_name_it(text: str, unit: str) -> None:
    assert said(text) == (unit, 4.5)


def test_a_number_before_the_temperature_is_the_cooler_and_never_a_part_of_it() -> None:
    assert said("2 4,5") == (TANK, 4.5)
    assert said("2 45") == (TANK, 45.0)
    assert said("3 -18") == (FREEZER, -18.0)


@pytest.mark.parametrize("text", ["4,5", "9 4,5", "frigo 4,5", "1 2 4,5", "glaciere 4,5"])
def test_which_cooler_is_asked_and_not_guessed(text: str) -> None:
    assert parse_sms(text, UNITS) == SmsPuzzle(units=tuple(UNITS), has_value=True)


@pytest.mark.parametrize(
    "text",
    ["", "bonjour", "4,5,6", "4.5.6", "1234", "45678", "3-18", "2.4.5", "1,2 4,5,", "1 degré", "quatre", "4,555"],
)
def test_what_is_no_temperature_is_not_taken_for_one(text: str) -> None:
    assert said(text, ONE) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [("4,5 14h30", (14, 30)), ("4,5 à 7h", (7, 0)), ("14:05 4,5", (14, 5)), ("4,5 at 6:15", (6, 15)), ("4,5", None)],
)
def test_a_time_of_day_may_be_said(text: str, clock: tuple[int, int] | None) -> None:
    assert parse_sms(text, ONE) == SmsReading(unit=ONE[0], celsius=4.5, clock=clock)


@pytest.mark.parametrize("text", ["45 oui", "45 YES", "oui 45", "45!", "45 ok"])
def test_an_unusual_one_may_be_said_to_be_right(text: str) -> None:
    assert parse_sms(text, ONE) == SmsReading(unit=ONE[0], celsius=45.0, sure=True)


@pytest.mark.parametrize("text", ["X", "x.", "Annuler", "annulé", "NON", "cancel", "faux!"])
def test_the_last_one_may_be_said_to_be_wrong(text: str) -> None:
    assert parse_sms(text, UNITS) == SmsUndo()


@given(text=st.text(max_size=200))
def test_whatever_is_written_it_is_read_or_asked_back(text: str) -> None:
    found = parse_sms(text, UNITS)
    assert isinstance(found, SmsReading | SmsUndo | SmsPuzzle)


@given(tenths=st.integers(-400, 990), comma=st.booleans(), unit=st.sampled_from(UNITS))
def test_every_temperature_is_read_as_it_was_written(tenths: int, comma: bool, unit: Unit) -> None:
    written = f"{tenths / 10:.1f}".replace(".", "," if comma else ".")
    assert said(f"{unit.id} {written}") == (unit.id, tenths / 10)


LONGEST = [
    Unit(id=u.id, site=u.site, name="Réfrigérateur de la coopérative de N'Tè", kind=u.kind, profile="daily")
    for u in UNITS
]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_answer_is_one_sms_whatever_the_names(language: str) -> None:
    speaking, fleet = Answering(answers(language)), sourced_fleet()
    at, unit = datetime(2026, 11, 22, 23, 59, tzinfo=UTC), LONGEST[0]
    limits = (*fleet.profiles["daily"].limits, None)
    said = [
        speaking.taken(unit, -18.5, at=at, undo_minutes=3, beyond=limit, stay=stay)
        for limit in limits
        for stay in (True, False)
    ]
    said += [speaking.undone(unit, -18.5), speaking.nothing_to_undo(), speaking.unusual(unit, 45.0, "x" * 160)]
    said += [speaking.refused(why, unit, -18.5) for why in Refusal]
    many = [Unit(id=f"menaka-{n}", site=unit.site, name="x", kind=unit.kind, profile="daily") for n in range(99)]  # type: ignore[arg-type]
    said += [speaking.puzzled(units, has_value=has) for units in ((), many) for has in (True, False)]
    assert [text for text in said if room_left(text) < 0] == []
    assert [text for text in said if "{" in text or "  " in text] == []
