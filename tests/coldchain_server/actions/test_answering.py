"""What people say back: it answers what they were told last, is done once, and asks nobody to go out in a curfew."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from coldchain_contract.clock import milliseconds
from coldchain_server.actions.texting import Text
from coldchain_server.answers.told import ANSWERS_FOR_S, TOGETHER_S
from coldchain_server.errors import UnknownThing
from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.ledger.tables import (
    AuditRow,
    HandReadingRow,
    HeardRow,
    IncidentRow,
    NotificationRow,
    TransitionRow,
)
from coldchain_server.notifications.sms import room_left
from invented.sourced_fleet import AMINATA, COOLER, MOUSSA, PLACES, TANK, TEXT, sourced_fleet
from invented.world import HOUR_MS, MINUTE_MS, World, empty_world

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
EVENING_MS = milliseconds(datetime(2026, 11, 22, 20, 30, tzinfo=UTC))
CURFEW = 'zone = "Africa/Bamako"\ncurfew_from = 18:00:00\ncurfew_to = 06:00:00'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet(TEXT.replace('zone = "Africa/Bamako"', CURFEW) + PLACES))
    world.clock.set(NOW_MS)
    yield world
    world.close()


def told(world: World, unit: str = COOLER, *, contact: str = "aminata", ago_ms: int = 40 * MINUTE_MS) -> int:
    """Open an incident `ago_ms` ago, of which a person was told ten minutes before now, or `ago_ms` less 30 minutes."""
    number = world.incident(unit, ago_ms=ago_ms)
    world.told(number, contact=contact)
    return number


def message_about(world: World, incident: int) -> str:
    with world.sessions() as session:
        return str(session.scalars(select(NotificationRow.id).where(NotificationRow.incident_id == incident)).one())


def text(world: World, body: str, *, sender: str = AMINATA, name: str = "", by: str = "") -> str | None:
    return world.actions.answer_sms(Text(sender=sender, body=body, id=name, by=by))


def handled(world: World) -> dict[int, str]:
    """Return how each incident was answered, by its number; empty while nobody has."""
    with world.sessions() as session:
        return {row.id: row.handling for row in session.scalars(select(IncidentRow))}


def answers(world: World) -> list[tuple[str, str]]:
    """Return every acknowledgement: by whom, and how."""
    with world.sessions() as session:
        rows = session.scalars(select(TransitionRow).where(TransitionRow.handling != "").order_by(TransitionRow.id))
        return [(row.who, row.handling) for row in rows]


def heard(world: World) -> list[HeardRow]:
    with world.sessions() as session:
        return list(session.scalars(select(HeardRow).order_by(HeardRow.at_ms)))


@pytest.mark.parametrize(
    ("key", "handling", "words"),
    [("1", "milk-moved", "lait déplacé"), ("2", "power-out", "pas de courant"), ("3", "will-look", "vous allez voir")],
)
def test_a_key_as_a_text_answers_what_its_sender_was_told(world: World, key: str, handling: str, words: str) -> None:
    number = told(world)
    reply = text(world, key)
    assert handled(world) == {number: handling}
    assert answers(world) == [("aminata", handling)]
    assert reply is not None
    assert words in reply
    assert "Glacière 1, Ménaka" in reply
    assert room_left(reply) >= 0


def test_who_answered_how_is_in_the_audit_trail(world: World) -> None:
    number = told(world)
    text(world, "1")
    with world.sessions() as session:
        entries = [(row.who, row.subject, row.detail) for row in session.scalars(select(AuditRow))]
    assert ("aminata", f"incident {number}", "milk-moved") in entries


def test_inside_a_curfew_going_to_look_becomes_looking_at_daylight_and_nobody_is_asked_to_go_out(world: World) -> None:
    world.clock.set(EVENING_MS)
    told(world)
    reply = text(world, "3")
    assert answers(world) == [("aminata", "will-look-at-daylight")]
    assert reply is not None
    assert "vous verrez au jour" in reply
    assert reply.endswith("Ne sortez pas.")


@pytest.mark.parametrize("body", ["1", "2", "3", "?"])
def test_inside_a_curfew_every_reply_to_an_answer_ends_with_not_going_out(world: World, body: str) -> None:
    world.clock.set(EVENING_MS)
    told(world)
    reply = text(world, body)
    assert reply is not None
    assert reply.endswith("Ne sortez pas.")


def test_the_same_text_delivered_again_does_nothing_again_and_is_answered_the_same(world: World) -> None:
    told(world)
    first = text(world, "1", name="ATXid_7")
    told(world, TANK)
    assert text(world, "1", name="ATXid_7") == first
    assert answers(world) == [("aminata", "milk-moved")]
    assert len(heard(world)) == 1


def test_a_key_answers_what_was_told_together_and_leaves_what_was_told_long_before(world: World) -> None:
    long_ago = told(world, "menaka-3", ago_ms=3 * HOUR_MS)
    first, second = told(world), told(world, TANK, ago_ms=36 * MINUTE_MS)
    text(world, "1")
    assert handled(world) == {long_ago: "", first: "milk-moved", second: "milk-moved"}


def test_what_was_told_longer_ago_than_a_day_is_not_what_an_answer_is_about(world: World) -> None:
    number = told(world, ago_ms=(ANSWERS_FOR_S + 3600) * 1000)
    assert text(world, "2", sender=AMINATA) is not None
    assert handled(world) == {number: ""}
    assert TOGETHER_S < ANSWERS_FOR_S


def test_nobody_answers_what_only_somebody_else_was_told(world: World) -> None:
    number = told(world, contact="aminata")
    text(world, "1", sender=MOUSSA)
    assert handled(world) == {number: ""}


def test_what_has_been_answered_already_is_understood_and_stays_as_it_was_answered(world: World) -> None:
    number = told(world)
    text(world, "1")
    reply = text(world, "2")
    assert answers(world) == [("aminata", "milk-moved")]
    assert handled(world) == {number: "milk-moved"}
    assert reply is not None
    assert "pas de courant" in reply


def test_a_lone_digit_is_a_temperature_where_nothing_was_told_and_the_sender_measures(world: World) -> None:
    reply = text(world, "4,5")
    assert reply is not None
    assert reply.startswith("De quel appareil?")
    text(world, "menaka-1 3")
    assert text(world, "tillia-1 3", sender=MOUSSA) is not None
    with world.sessions() as session:
        assert len(session.scalars(select(HandReadingRow)).all()) == 2


def test_a_temperature_is_taken_as_one_also_while_something_goes_on(world: World) -> None:
    number = told(world)
    reply = text(world, "1 3,0")
    assert reply is not None
    assert reply.startswith("Glacière 1: 3,0 C")
    assert handled(world) == {number: ""}


@pytest.mark.parametrize("body", [" 1 ", "1.", "«1»", "١", "1️".rstrip("\ufe0f")])
def test_a_key_is_one_however_it_is_typed(world: World, body: str) -> None:
    told(world)
    text(world, body)
    assert answers(world) == [("aminata", "milk-moved")]


@pytest.mark.parametrize("body", ["4", "0", "12", "1 2", "oui", "un", "-1", "1,5", "", "½"])
def test_anything_else_answers_nothing(world: World, body: str) -> None:
    told(world)
    text(world, body)
    assert answers(world) == []


def test_a_question_is_answered_with_how_every_cooler_of_the_sender_is_the_worst_first(world: World) -> None:
    told(world, TANK)
    reply = text(world, "?")
    assert reply is not None
    assert reply.index("Cuve") < reply.index("Glacière 1")
    assert "pas de nouvelles" in reply
    assert "Glacière: " not in reply
    assert room_left(reply) >= 0
    assert answers(world) == []


def test_a_number_nobody_has_is_heard_by_nobody_and_logged_without_itself(world: World) -> None:
    number = told(world)
    with capture_logs() as logs:
        assert text(world, "1", sender="+22399999942") is None
        world.actions.answer_missed_call("+22399999942", LineAnswer.HEARD, call="c1")
    assert handled(world) == {number: ""}
    assert heard(world) == []
    assert [entry["ends_in"] for entry in logs] == ["42", "42"]
    assert "99999942" not in str(logs)


def test_a_missed_call_says_that_what_was_told_is_heard(world: World) -> None:
    number = told(world)
    for _ in range(2):
        world.actions.answer_missed_call(AMINATA, LineAnswer.HEARD, call="c1")
    assert handled(world) == {number: "heard"}
    assert [(row.way, row.said) for row in heard(world)] == [("missed-call", "heard")]


@pytest.mark.parametrize("answer", list(LineAnswer))
def test_each_line_says_what_it_stands_for(world: World, answer: LineAnswer) -> None:
    told(world)
    world.actions.answer_missed_call(AMINATA, answer, call="c1")
    assert answers(world) == [("aminata", answer.value)]


def test_a_key_pressed_in_a_call_answers_what_that_call_tells_and_nothing_else(world: World) -> None:
    first, second = told(world), told(world, TANK, ago_ms=36 * MINUTE_MS)
    reply = world.actions.answer_key(message_about(world, first), "1", call="CA1")
    assert handled(world) == {first: "milk-moved", second: ""}
    assert reply is not None
    assert "lait déplacé" in reply


def test_a_key_that_says_nothing_answers_nothing(world: World) -> None:
    message = message_about(world, told(world))
    assert [world.actions.answer_key(message, key, call="CA1") for key in ("9", "0", "*", "")] == [None] * 4
    assert answers(world) == []


@pytest.mark.parametrize("message", ["999", "x", "trial-nobody--1", "9" * 30, "²"])
def test_a_key_in_a_call_that_nobody_made_is_refused(world: World, message: str) -> None:
    with pytest.raises(UnknownThing):
        world.actions.answer_key(message, "1", call="CA1")


def test_a_reply_waits_to_be_sent_by_the_way_the_text_came(world: World) -> None:
    told(world)
    text(world, "1", name="a", by="gammu")
    text(world, "1", name="b")
    assert [(row.channel_kind, row.state, bool(row.reply)) for row in heard(world)] == [
        ("gammu", "pending", True),
        ("", "none", True),
    ]


@pytest.mark.parametrize("at_ms", [NOW_MS, EVENING_MS])
def test_who_measures_nothing_and_says_what_nobody_understands_is_told_the_keys(tmp_path: Path, at_ms: int) -> None:
    world = empty_world(tmp_path, sourced_fleet(TEXT.replace('zone = "Africa/Bamako"', CURFEW)))
    world.clock.set(at_ms)
    reply = text(world, "bonjour")
    assert reply is not None
    assert "1: lait déplacé" in reply
    assert reply.endswith("Ne sortez pas.") == (at_ms == EVENING_MS)
    assert ("je vais voir" in reply) == (at_ms == NOW_MS)
    world.close()
