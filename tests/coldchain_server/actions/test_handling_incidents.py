"""Handling incidents as deeds: answers, mutes, probes set aside; each checked against who asks, and written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.light import Light
from coldchain_server.actions import Handling, Muting
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import AuditRow, IncidentRow
from coldchain_server.viewer import Viewer
from invented.fleet import urn
from invented.world import HOUR_MS, MINUTE_MS, World

TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)
MENAKA = Viewer(name="menaka", role=Role.COOPERATIVE, site=SiteId("menaka"))
TILLIA = Viewer(name="tillia", role=Role.COOPERATIVE, site=SiteId("tillia"))
LAB = Viewer(name="lab", role=Role.LAB)


def deeds(world: World) -> list[str]:
    with world.sessions() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.who != "test").order_by(AuditRow.id))
        return [f"{row.who} {row.action} {row.subject} {row.detail}".rstrip() for row in rows]


def state(world: World, number: int) -> str:
    with world.sessions() as session:
        return session.get_one(IncidentRow, number).state


def of_probe(world: World, number: int, unit: str) -> int:
    """Return the number of an incident of a probe."""
    incident = world.incident(unit)
    with world.sessions.begin() as session:
        session.get_one(IncidentRow, incident).subject = urn(number)
    return incident


def test_an_answer_says_what_is_done_and_is_shown(world: World) -> None:
    number = world.incident("menaka-1")
    assert world.actions.answer(MENAKA, number, Handling.MILK_MOVED) is Handling.MILK_MOVED
    story = world.queries.incident(MENAKA, number)
    assert (story.incident.state, story.incident.handling) == ("acknowledged", Handling.MILK_MOVED)
    assert (story.steps[-1].event, story.steps[-1].who, story.steps[-1].handling) == (
        "acknowledge",
        "menaka",
        Handling.MILK_MOVED,
    )
    assert deeds(world) == ["menaka acknowledge incident 1 milk-moved"]


def test_by_day_somebody_may_go_and_look(world: World) -> None:
    assert world.actions.answer(MENAKA, world.incident("menaka-1"), Handling.LOOKING) is Handling.LOOKING


def test_in_the_curfew_looking_becomes_looking_at_daylight(world: World) -> None:
    world.clock.set(world.clock.now_ms() + 12 * HOUR_MS)
    number = world.incident("anderam-1")
    assert world.actions.answer(TECHNICIAN, number, Handling.LOOKING) is Handling.LOOKING_AT_DAYLIGHT
    assert world.queries.incident(TECHNICIAN, number).incident.handling is Handling.LOOKING_AT_DAYLIGHT


def test_what_had_only_been_heard_of_is_answered_once_more(world: World) -> None:
    number = world.incident("menaka-1")
    world.actions.answer(MENAKA, number, Handling.HEARD)
    assert world.queries.incident(TECHNICIAN, number).may_acknowledge
    assert world.actions.answer(TECHNICIAN, number, Handling.REPAIRING) is Handling.REPAIRING
    assert not world.queries.incident(TECHNICIAN, number).may_acknowledge
    assert world.actions.answer(MENAKA, number, Handling.MILK_MOVED) is None


def test_an_answer_is_taken_back_within_ten_minutes(world: World) -> None:
    number = world.incident("menaka-1")
    assert not world.actions.undo_answer(MENAKA, number)
    world.actions.answer(MENAKA, number, Handling.MILK_MOVED)
    assert world.queries.incident(MENAKA, number).may_undo
    world.clock.set(world.clock.now_ms() + 10 * MINUTE_MS)
    assert world.actions.undo_answer(MENAKA, number)
    assert state(world, number) == "open"
    assert world.queries.incident(MENAKA, number).incident.handling is None
    assert deeds(world)[1:] == ["menaka undo-acknowledge incident 1"]


def test_later_an_answer_stands(world: World) -> None:
    number = world.incident("menaka-1")
    world.actions.answer(MENAKA, number, Handling.MILK_MOVED)
    world.clock.set(world.clock.now_ms() + 10 * MINUTE_MS + 1)
    assert not world.queries.incident(MENAKA, number).may_undo
    assert not world.actions.undo_answer(MENAKA, number)
    assert state(world, number) == "acknowledged"


@pytest.mark.parametrize("viewer", [TILLIA, LAB])
def test_nobody_handles_what_is_not_theirs(world: World, viewer: Viewer) -> None:
    number, mute = world.incident("menaka-1"), world.actions.mute(MENAKA, Muting(unit="menaka-1", lasts_s=60, why="x"))
    refused = UnknownThing if viewer is TILLIA else NotAllowed
    for act in (
        lambda: world.actions.answer(viewer, number, Handling.HEARD),
        lambda: world.actions.undo_answer(viewer, number),
        lambda: world.actions.mute(viewer, Muting(unit="menaka-1", lasts_s=60, why="x")),
        lambda: world.actions.mute(viewer, Muting(site="menaka", lasts_s=60, why="x")),
        lambda: world.actions.end_mute(viewer, mute),
    ):
        with pytest.raises(refused):
            act()
    assert state(world, number) == "open"


def test_a_faulty_probe_is_set_aside_and_a_visit_proposed(world: World) -> None:
    world.latest(4, 12.4)
    number = of_probe(world, 4, "menaka-2")
    world.actions.answer(TECHNICIAN, number, Handling.PROBE_FAULTY, "shows 85 when it rains")
    (aside,) = world.queries.set_aside(TECHNICIAN)
    assert (aside.probe, aside.unit.id, aside.who, aside.why) == (
        urn(4),
        "menaka-2",
        "technician",
        "shows 85 when it rains",
    )
    assert world.queries.set_aside(TILLIA) == ()
    assert deeds(world)[-1] == f"technician set-aside probe {urn(4)} unit menaka-2"


def test_a_unit_whose_only_probe_is_set_aside_is_unknown_never_fine(world: World) -> None:
    world.latest(2, 4.0)
    light = {str(unit.unit.id): unit.light for unit in world.queries.units(TECHNICIAN)}
    assert light["menaka-1"] is not Light.UNKNOWN
    for probe in [probe.probe for probe in world.queries.unit(TECHNICIAN, "menaka-1").probes]:
        number = of_probe(world, 1, "menaka-1")
        with world.sessions.begin() as session:
            session.get_one(IncidentRow, number).subject = probe
        world.actions.answer(TECHNICIAN, number, Handling.PROBE_FAULTY)
        with world.sessions.begin() as session:
            session.get_one(IncidentRow, number).state = "resolved"
    now = world.queries.unit(TECHNICIAN, "menaka-1")
    assert (now.probes, now.now.light, now.now.temperature) == ((), Light.UNKNOWN, None)
    assert not any(aside.judged for aside in world.queries.set_aside(TECHNICIAN))


def test_a_probe_is_put_back_in_use_by_whoever_handles_its_site(world: World) -> None:
    number = of_probe(world, 4, "menaka-2")
    world.actions.answer(TECHNICIAN, number, Handling.PROBE_FAULTY)
    with pytest.raises(UnknownThing):
        world.actions.back_in_use(TILLIA, urn(4))
    with pytest.raises(NotAllowed):
        world.actions.back_in_use(LAB, urn(4))
    assert world.actions.back_in_use(MENAKA, urn(4))
    assert not world.actions.back_in_use(MENAKA, urn(4))
    assert world.queries.set_aside(TECHNICIAN) == ()


def test_taking_back_that_a_probe_is_faulty_puts_it_back_in_use_though_its_incident_is_over(world: World) -> None:
    number = of_probe(world, 4, "menaka-2")
    world.actions.answer(TECHNICIAN, number, Handling.PROBE_FAULTY)
    with world.sessions.begin() as session:
        session.get_one(IncidentRow, number).state = "resolved"  # nobody judges it any more
    assert world.actions.undo_answer(TECHNICIAN, number)
    assert world.queries.set_aside(TECHNICIAN) == ()


def test_an_incident_of_no_probe_sets_nothing_aside(world: World) -> None:
    world.actions.answer(TECHNICIAN, world.incident("menaka-2"), Handling.PROBE_FAULTY)
    assert world.queries.set_aside(TECHNICIAN) == ()


def test_a_mute_is_of_a_unit_a_site_or_every_site_and_is_shown_until_it_ends(world: World) -> None:
    world.actions.mute(MENAKA, Muting(unit="menaka-1", lasts_s=3600, why=" defrosting  it "))
    world.actions.mute(MENAKA, Muting(site="menaka", lasts_s=7200, why="cleaning", critical_milk=True))
    world.actions.mute(TECHNICIAN, Muting(lasts_s=600, why="new masts"))
    shown = [
        (mute.unit.id if mute.unit else None, mute.site.id if mute.site else None, mute.critical_milk, mute.why)
        for mute in world.queries.mutes(MENAKA)
    ]
    assert shown == [
        (None, None, False, "new masts"),
        ("menaka-1", "menaka", False, "defrosting it"),
        (None, "menaka", True, "cleaning"),
    ]
    assert len(world.queries.mutes(TILLIA)) == 1
    world.clock.set(world.clock.now_ms() + round(timedelta(hours=2) / timedelta(milliseconds=1)))
    assert world.queries.mutes(MENAKA) == ()
    assert "menaka mute site menaka 120 minutes; critical milk too: cleaning" in deeds(world)


def test_a_cooperative_mutes_its_own_site_only(world: World) -> None:
    with pytest.raises(UnknownThing):
        world.actions.mute(MENAKA, Muting(lasts_s=600, why="x"))
    with pytest.raises(UnknownThing):
        world.actions.mute(TECHNICIAN, Muting(site="nowhere", lasts_s=600, why="x"))


@pytest.mark.parametrize(
    "muting",
    [
        Muting(unit="menaka-1", lasts_s=600, why=" "),
        Muting(unit="menaka-1", lasts_s=600, why="x" * 281),
        Muting(unit="menaka-1", lasts_s=0, why="x"),
        Muting(unit="menaka-1", lasts_s=14 * 86_400 + 1, why="x"),
        Muting(unit="menaka-1", lasts_s=86_401, why="x", critical_milk=True),
        Muting(unit="menaka-1", lasts_s=600, why="x", from_ms=2**53),
    ],
)
def test_a_mute_has_a_reason_and_an_end(world: World, muting: Muting) -> None:
    with pytest.raises(BadEntry):
        world.actions.mute(MENAKA, muting)


def test_a_mute_ends_before_its_time_once(world: World) -> None:
    number = world.actions.mute(MENAKA, Muting(unit="menaka-1", lasts_s=3600, why="defrosting"))
    assert world.actions.end_mute(TECHNICIAN, number)
    assert not world.actions.end_mute(TECHNICIAN, number)
    assert world.queries.mutes(MENAKA) == ()
    with pytest.raises(UnknownThing):
        world.actions.end_mute(TECHNICIAN, 99)
    assert deeds(world)[-1] == f"technician end-mute mute {number}"
