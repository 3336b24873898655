"""Readings by hand: told once, taken back in time, counted after that, and where they belong."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coldchain_contract.clock import milliseconds
from coldchain_contract.readings import Reading
from coldchain_server.actions.measuring import Telling
from coldchain_server.errors import NotAllowed, SpoolUnavailable, UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.hand.rows import UNDO_S
from coldchain_server.hand.stage import HandReadings
from coldchain_server.ledger.tables import AuditRow
from coldchain_server.sources.hand import OLDEST_S, Refusal, Refused, celsius_typed, doubt
from coldchain_server.spool.model import Accepted
from coldchain_server.viewer import Viewer
from invented.sourced_fleet import COOLER, FAR, FREEZER, HAND, MENAKA, TANK, probe_of, sourced_fleet
from invented.world import World, empty_world

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
AWA = Viewer(name="awa", role=Role.COOPERATIVE, site=MENAKA)
TECHNICIAN, LAB = Viewer(name="moussa", role=Role.TECHNICIAN), Viewer(name="lab", role=Role.LAB)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet())
    world.clock.set(NOW_MS)
    yield world
    world.close()


def stage(world: World) -> HandReadings:
    return HandReadings(spool=world.spool, sessions=world.sessions, clock=world.clock)


def telling(celsius: float = 4.5, *, unit: str = COOLER, ago_s: int = 0, name: UUID | None = None) -> Telling:
    at_ms = NOW_MS - ago_s * 1000
    return Telling(id=name or uuid4(), unit=unit, celsius=celsius, at_ms=at_ms, who="awa", channel="form")


def counted(world: World) -> list[Reading]:
    return [reading for spooled in world.spool.after(0, 1000) for _, reading in spooled.readings]


def later(world: World, seconds: float) -> None:
    world.clock.set(NOW_MS + round(seconds * 1000))


def test_a_reading_counts_once_it_can_no_longer_be_undone_and_only_once(world: World) -> None:
    world.actions.measure(AWA, telling(ago_s=600))
    stage(world).step()
    later(world, UNDO_S - 0.001)
    stage(world).step()
    assert counted(world) == []
    later(world, UNDO_S)
    stage(world).step()
    stage(world).step()
    assert counted(world) == [Reading(probe=probe_of(HAND), at_ms=NOW_MS - 600_000, value=4.5)]
    (spooled,) = world.spool.after(0, 10)
    assert (spooled.site, spooled.device) == (MENAKA, HAND)


def test_a_form_sent_twice_is_one_reading(world: World) -> None:
    name = uuid4()
    assert world.actions.measure(AWA, telling(name=name))
    assert not world.actions.measure(AWA, telling(12.0, name=name))
    later(world, UNDO_S)
    stage(world).step()
    assert [reading.value for reading in counted(world)] == [4.5]


def test_what_is_undone_in_time_never_counts_and_what_counts_is_not_undone(world: World) -> None:
    early, late = uuid4(), uuid4()
    world.actions.measure(AWA, telling(45.0, unit=TANK, name=early))
    world.actions.measure(AWA, telling(name=late))
    assert world.actions.undo_measure(AWA, str(early))
    assert not world.actions.undo_measure(AWA, str(early))
    later(world, UNDO_S)
    stage(world).step()
    assert not world.actions.undo_measure(AWA, str(late))
    assert [reading.value for reading in counted(world)] == [4.5]


def test_every_deed_is_in_the_audit_trail(world: World) -> None:
    name = uuid4()
    world.actions.measure(AWA, telling(name=name))
    world.actions.undo_measure(AWA, str(name))
    with world.sessions() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.who == "awa")).all()
    assert [(row.action, row.subject, row.detail) for row in rows] == [
        ("measure", "unit menaka-1", "4.5 °C"),
        ("undo-measure", "unit menaka-1", "4.5 °C"),
    ]


def test_a_crash_between_spool_and_ledger_counts_nothing_twice(world: World) -> None:
    class Crashing:
        """A spool after whose commit the power goes."""

        def admit(self, items: list[Accepted]) -> object:
            world.spool.admit(items)
            raise SpoolUnavailable("the power went")

    world.actions.measure(AWA, telling())
    later(world, UNDO_S)
    with pytest.raises(SpoolUnavailable):
        HandReadings(spool=Crashing(), sessions=world.sessions, clock=world.clock).step()
    stage(world).step()
    assert len(counted(world)) == 1


def test_two_servers_enter_each_reading_once(world: World) -> None:
    for _ in range(20):
        world.actions.measure(AWA, telling())
    later(world, UNDO_S)
    threads = [threading.Thread(target=stage(world).step) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted(world)) == 20


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (telling(60.1), Refusal.IMPOSSIBLE),
        (telling(-10.1), Refusal.IMPOSSIBLE),
        (telling(ago_s=-1), Refusal.FUTURE),
        (telling(ago_s=OLDEST_S + 1), Refusal.TOO_OLD),
        (telling(unit=FREEZER), Refusal.NOT_MEASURED),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(world: World, told: Telling, why: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        world.actions.measure(AWA, told)
    assert refused.value.why is why
    later(world, UNDO_S)
    stage(world).step()
    assert counted(world) == []


def test_a_cooperative_measures_at_its_own_site_and_a_lab_nowhere(world: World) -> None:
    with pytest.raises(UnknownThing):
        world.actions.measure(AWA, telling(unit=FAR))
    world.actions.measure(TECHNICIAN, telling(unit=FAR))
    with pytest.raises(NotAllowed):
        world.actions.measure(LAB, telling())
    assert [one.unit.id for one in world.queries.by_hand(AWA).units] == [COOLER, TANK]
    assert [one.unit.id for one in world.queries.by_hand(TECHNICIAN).units] == [COOLER, TANK, FAR]
    assert world.queries.by_hand(LAB).units == ()


def test_a_cooperative_neither_sees_nor_undoes_anothers_reading(world: World) -> None:
    far = uuid4()
    world.actions.measure(TECHNICIAN, telling(unit=FAR, name=far))
    assert world.queries.by_hand(AWA).lately == ()
    for name in (str(far), str(uuid4()), "x" * 99):
        with pytest.raises(UnknownThing):
            world.actions.undo_measure(AWA, name)


def test_what_was_told_lately_says_whether_it_can_be_undone_and_which_limit_it_crosses(world: World) -> None:
    world.actions.measure(AWA, telling(12.0))
    (one,) = world.queries.by_hand(AWA).lately
    assert (one.celsius, one.can_undo, one.beyond is not None) == (12.0, True, True)
    later(world, UNDO_S)
    (one,) = world.queries.by_hand(AWA).lately
    assert not one.can_undo


@pytest.mark.parametrize(
    ("celsius", "unit", "meant"),
    [
        (45.0, COOLER, 4.5),
        (4.5, COOLER, "usual"),
        (18.0, FREEZER, -18.0),
        (-18.0, FREEZER, "usual"),
        (55.0, COOLER, 5.5),
    ],
)
def test_an_unusual_temperature_is_asked_back_with_what_it_may_have_meant(
    celsius: float, unit: str, meant: float | str
) -> None:
    asked = doubt(celsius, sourced_fleet().units[unit].kind)  # type: ignore[index]
    assert (asked.meant if asked else "usual") == meant


@pytest.mark.parametrize(
    ("text", "celsius"), [("4,5", 4.5), (" 4.5 °C", 4.5), ("-0.04", 0.0), ("−2", -2.0), ("٤٫٥", 4.5), ("4 c", 4.0)]
)
def test_a_temperature_is_read_as_people_type_it(text: str, celsius: float) -> None:
    assert celsius_typed(text) == celsius


@pytest.mark.parametrize("text", ["", "-", ".", "4,5,6", "nan", "1e3", "inf", "4_5", "0x4", "123456789", "4°5"])
def test_what_is_no_temperature_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        celsius_typed(text)
    assert refused.value.why is Refusal.NO_NUMBER


def test_what_was_entered_long_ago_is_in_nobodys_way(world: World) -> None:
    for _ in range(101):
        world.actions.measure(AWA, telling())
    later(world, UNDO_S)
    assert [stage(world).step() for _ in range(3)] == [True, False, False]
    world.actions.measure(AWA, telling(6.5))
    later(world, 2 * UNDO_S)
    stage(world).step()
    assert len(counted(world)) == 102
