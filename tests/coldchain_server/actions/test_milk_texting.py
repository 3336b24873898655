"""Milk by SMS: who sends it is known, what it says is told once, answered in one SMS, and taken back by another."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_judgement.milk.events import Emptied, MilkIn
from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_server.actions.milk_texting import UNDO_S
from coldchain_server.actions.texting import Text
from coldchain_server.milk import rows
from coldchain_server.milk.rows import Entry
from coldchain_server.notifications.sms import room_left, septets
from invented.sourced_fleet import AMINATA, COOLER, FAR, MOUSSA, PLACES, TANK, TEXT, sourced_fleet
from invented.world import World, empty_world

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
EVENING_MS = milliseconds(datetime(2026, 11, 22, 20, 30, tzinfo=UTC))
CURFEW = 'zone = "Africa/Bamako"\ncurfew_from = 18:00:00\ncurfew_to = 06:00:00'


def world_of(folder: Path, *, bamako: str) -> World:
    world = empty_world(folder, sourced_fleet(TEXT.replace('zone = "Africa/Bamako"', bamako) + PLACES))
    world.clock.set(NOW_MS)
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = world_of(tmp_path, bamako=CURFEW)
    yield world
    world.close()


def send(world: World, body: str, *, sender: str = AMINATA, name: str = "") -> str | None:
    reply = world.actions.answer_sms(Text(sender=sender, body=body, id=name))
    assert reply is None or (septets(reply) is not None and room_left(reply) >= 0), reply
    return reply


def later(world: World, seconds: int) -> None:
    world.clock.set(world.clock.now_ms() + seconds * 1000)


def entries(world: World, unit: str = COOLER) -> list[Entry]:
    with world.sessions() as session:
        return rows.of_unit(session, unit, from_ms=0, to_ms=world.clock.now_ms())


def test_milk_in_is_told_and_the_answer_says_what_the_card_says(world: World) -> None:
    assert send(world, "L1 1") == (
        "Glacière 1, Ménaka: lait tout juste trait, noté. Faux? X. Gardez fermé. A bouillir avant de boire."
    )
    (one,) = entries(world)
    assert one.event == MilkIn(at_ms=NOW_MS, milked=Milked.JUST_NOW)
    assert (one.who, one.channel) == ("aminata", "sms")


def test_milk_whose_age_nobody_knows_is_to_be_tested_and_nothing_is_said_of_boiling(world: World) -> None:
    reply = send(world, "L3 tillia-1", sender=MOUSSA)
    assert reply is not None
    assert reply.endswith("older or unknown, noted. Wrong? X. Test before selling. Untested it is for nobody.")
    assert len(entries(world, FAR)) == 1


def test_an_emptied_cooler_is_told_and_the_state_says_nothing_of_milk_any_more(world: World) -> None:
    send(world, "L1 1")
    later(world, 60)
    assert send(world, "L0 1") == "Glacière 1, Ménaka: vide, noté. Faux? X."
    assert isinstance(entries(world)[-1].event, Emptied)
    assert "bouillir" not in (send(world, "?") or "bouillir")


def test_asking_how_things_are_is_answered_with_what_the_cards_say(world: World) -> None:
    send(world, "L1 1")
    reply = send(world, "?")
    assert reply is not None
    assert "Glacière 1: " in reply
    assert "A bouillir avant de boire." in reply


def test_a_text_delivered_again_is_told_once_and_answered_the_same(world: World) -> None:
    assert send(world, "L1 1", name="ATXid_1") == send(world, "L1 1", name="ATXid_1")
    assert len(entries(world)) == 1


def test_x_takes_back_what_was_told_last_of_milk_while_that_may_be(world: World) -> None:
    send(world, "L1 1")
    later(world, 60)
    send(world, "L3 2")
    assert send(world, "x") == "Cuve, Ménaka: annulé."
    assert send(world, "annuler") == "Glacière 1, Ménaka: annulé."
    assert [one.withdrawn_by for unit in (COOLER, TANK) for one in entries(world, unit)] == ["aminata"] * 2
    send(world, "L1 1")
    later(world, UNDO_S + 1)
    assert "Rien à annuler" in (send(world, "X") or "")


def test_x_takes_back_whichever_of_milk_and_a_temperature_was_told_last(world: World) -> None:
    send(world, "L1 1")
    later(world, 30)
    send(world, "1 4,5")
    assert send(world, "X") == "Glacière 1: 4,5 C, annulé."
    assert send(world, "X") == "Glacière 1, Ménaka: annulé."


def test_nobody_takes_back_what_somebody_else_has_told(world: World) -> None:
    send(world, "L3 tillia-1", sender=MOUSSA)
    send(world, "X")
    assert [one.withdrawn_ms for one in entries(world, FAR)] == [None]


def test_a_code_without_its_cooler_is_asked_back_and_another_sites_cooler_is_not_ones_own(world: World) -> None:
    for body in ("L1", "L1 tillia-1"):
        reply = send(world, body)
        assert reply is not None
        assert reply.startswith("Quel appareil? Envoyez par exemple L1 menaka-1.")
    assert entries(world, FAR) == []
    assert "L1: tout juste trait" in (send(world, "L") or "")


def test_a_stranger_is_answered_nothing_and_tells_nothing(world: World) -> None:
    assert send(world, "L1 1", sender="+22399999999") is None
    assert entries(world) == []


def test_a_lab_looks_on(tmp_path: Path) -> None:
    lab = (TEXT + PLACES).replace('role = "cooperative"', 'role = "lab"')
    world = empty_world(tmp_path, sourced_fleet(lab))
    world.clock.set(NOW_MS)
    assert "Aucun lait cru" in (send(world, "L1 1") or "")
    assert entries(world) == []
    world.close()


@pytest.mark.parametrize("body", ["L1 1", "L3 1", "L0 1", "L1", "L", "x"])
def test_inside_a_curfew_every_answer_about_milk_ends_with_not_going_out(world: World, body: str) -> None:
    world.clock.set(EVENING_MS)
    if body == "x":
        send(world, "L1 1")
    reply = send(world, body)
    assert reply is not None
    assert reply.endswith("Ne sortez pas.")
    assert "Vendez" not in reply


def test_where_a_site_keeps_several_kinds_of_milk_it_is_one_that_nobody_can_time_unless_somebody_says(
    tmp_path: Path,
) -> None:
    world = world_of(tmp_path, bamako='zone = "Africa/Bamako"\nspecies = ["cow", "camel"]')
    assert "Testez avant de vendre" in (send(world, "L1 1") or "")
    assert "Gardez fermé" in (send(world, "L1 2 vache") or "")
    assert [one.event.species for unit in (COOLER, TANK) for one in entries(world, unit)] == [  # type: ignore[union-attr]
        Species.CAMEL,
        Species.COW,
    ]
    world.close()
