"""Readings by SMS: who sends them is known, what is unclear is asked back, and an answer says what was understood."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from coldchain_contract.clock import milliseconds
from coldchain_server.actions.texting import Text
from coldchain_server.hand.rows import UNDO_S
from coldchain_server.ledger.tables import HandReadingRow
from invented.sourced_fleet import AMINATA, COOLER, FAR, MOUSSA, PLACES, TANK, TEXT, sourced_fleet
from invented.world import World, empty_world

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    world.clock.set(NOW_MS)
    yield world
    world.close()


def send(world: World, body: str, *, sender: str = AMINATA, name: str = "") -> str | None:
    return world.actions.answer_sms(Text(sender=sender, body=body, id=name))


def told(world: World) -> list[tuple[str, float, int, str]]:
    with world.sessions() as session:
        rows = session.scalars(select(HandReadingRow).order_by(HandReadingRow.told_ms, HandReadingRow.celsius))
        return [(row.unit, row.celsius, (NOW_MS - row.at_ms) // 60_000, row.state) for row in rows]


def test_a_reading_is_noted_and_said_back_in_the_senders_language(world: World) -> None:
    assert send(world, "1 4,5") == "Glacière 1: 4,5 C à 09:30, noté. Faux? Répondez X avant 3 min."
    assert told(world) == [(COOLER, 4.5, 0, "waiting")]
    assert (
        send(world, "tillia-1 4.5", sender=MOUSSA) == "Glacière: 4.5 C at 10:30, noted. Wrong? Answer X within 3 min."
    )


def test_beyond_a_limit_the_answer_says_what_to_do(world: World) -> None:
    answer = send(world, "1 12")
    assert answer is not None
    assert answer.endswith("Au-dessus de 8 C: gardez fermé, mesurez encore dans une heure.")


def test_inside_curfew_nobody_is_asked_to_go_out(tmp_path: Path) -> None:
    curfew = TEXT.replace(
        'zone = "Africa/Bamako"', 'zone = "Africa/Bamako"\ncurfew_from = 09:00:00\ncurfew_to = 10:00:00'
    )
    world = empty_world(tmp_path, sourced_fleet(curfew + PLACES))
    world.clock.set(NOW_MS)
    answer = send(world, "1 12")
    assert answer is not None
    assert answer.endswith("Ne sortez pas.")
    world.close()


def test_a_time_of_day_is_the_last_one_by_the_sites_clocks(world: World) -> None:
    send(world, "1 4,5 7h15")
    send(world, "2 5,5 22h")
    send(world, "tillia-1 6.5 10:15", sender=MOUSSA)  # 09:15 UTC
    assert told(world) == [(COOLER, 4.5, 135, "waiting"), (TANK, 5.5, 690, "waiting"), (FAR, 6.5, 15, "waiting")]


def test_a_message_that_is_delivered_again_is_one_reading_and_the_same_text_later_another(world: World) -> None:
    for name in ("a", "a", "b", "", ""):
        send(world, "1 4,5", name=name)
    assert len(told(world)) == 4


def test_an_unusual_temperature_is_asked_back_and_taken_when_it_is_said_to_be_right(world: World) -> None:
    assert send(world, "1 45") == (
        "Glacière 1: 45,0 C, c'est rare. Si c'est juste, envoyez: 1 45 OUI. Sinon, envoyez la bonne valeur."
    )
    assert told(world) == []
    send(world, "1 45 OUI")
    assert told(world) == [(COOLER, 45.0, 0, "waiting")]


def test_the_last_reading_is_undone_while_it_does_not_count(world: World) -> None:
    send(world, "1 4,5")
    assert send(world, "X") == "Glacière 1: 4,5 C, annulé."
    assert send(world, "X") == "Rien à annuler: le dernier relevé compte déjà. Envoyez-en un nouveau."
    send(world, "1 4,6")
    world.clock.set(NOW_MS + UNDO_S * 1000)
    assert send(world, "X") == "Rien à annuler: le dernier relevé compte déjà. Envoyez-en un nouveau."
    assert [row[3] for row in told(world)] == ["undone", "waiting"]


def test_nobody_undoes_what_somebody_else_told(world: World) -> None:
    send(world, "1 4,5")
    assert send(world, "X", sender=MOUSSA) == "Nothing to undo: the last reading counts already. Send a new one."


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("bonjour", "Envoyez la température lue"),
        ("4,5", "De quel appareil? Envoyez par exemple menaka-1 4,5. Il y a: menaka-1, menaka-2"),
        ("tillia-1 4,5", "De quel appareil?"),
        ("1 99 oui", "Glacière 1: 99,0 C n'est pas possible."),
    ],
)
def test_what_is_unclear_is_asked_back_and_nothing_is_noted(world: World, body: str, said: str) -> None:
    answer = send(world, body)
    assert answer is not None
    assert answer.startswith(said)
    assert told(world) == []


@pytest.mark.parametrize("sender", ["22370000001", "0022370000001", "+223 70 00 00 01"])
def test_a_number_is_known_however_the_gateway_writes_it(world: World, sender: str) -> None:
    assert send(world, "1 4,5", sender=sender) is not None


def test_a_number_nobody_has_is_answered_nothing_and_logged_without_itself(world: World) -> None:
    with capture_logs() as logs:
        assert send(world, "1 4,5", sender="+22399999942") is None
    assert told(world) == []
    assert [entry["ends_in"] for entry in logs] == ["42"]
