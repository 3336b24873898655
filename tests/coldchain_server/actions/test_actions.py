"""What people may change, and that each change leaves its row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coldchain_contract.identifiers import SiteId
from coldchain_server.actions import Handling
from coldchain_server.asking.requests import Action
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import AuditRow, RequestRow, TransitionRow, UserRow
from coldchain_server.viewer import Viewer
from invented.world import NOW_MS, PASSWORD, World, empty_world

TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)
TILLIA = Viewer(name="tillia", role=Role.COOPERATIVE, site=SiteId("tillia"))
LAB = Viewer(name="lab", role=Role.LAB)


def audits(world: World) -> list[tuple[str, str, str]]:
    with world.sessions() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.who != "test").order_by(AuditRow.id))
        return [(row.who, row.action, row.subject) for row in rows]


def steps(world: World, number: int) -> list[tuple[str, str, str, str]]:
    with world.sessions() as session:
        rows = session.scalars(select(TransitionRow).where(TransitionRow.incident_id == number))
        return [(row.from_state, row.to_state, row.who, row.why) for row in rows][1:]


def test_acknowledging_is_a_transition_with_who_and_why(world: World) -> None:
    number = world.incident("menaka-1")
    assert world.actions.answer(TECHNICIAN, number, Handling.OTHER, "  bringing\n gas ") is Handling.OTHER
    assert steps(world, number) == [("open", "acknowledged", "technician", "other")]
    assert audits(world) == [("technician", "acknowledge", f"incident {number}")]


def test_the_second_to_acknowledge_changes_nothing(world: World) -> None:
    number = world.incident("menaka-1")
    world.actions.answer(TECHNICIAN, number, Handling.OTHER, "bringing gas")
    assert not world.actions.answer(TECHNICIAN, number, Handling.OTHER, "me too")
    assert len(steps(world, number)) == 1


def test_what_is_over_is_not_acknowledged(world: World) -> None:
    assert not world.actions.answer(TECHNICIAN, world.incident("menaka-1", state="resolved"), Handling.OTHER, "late")


def test_nobody_acknowledges_what_they_do_not_see(world: World) -> None:
    number = world.incident("menaka-1")
    with pytest.raises(UnknownThing):
        world.actions.answer(TILLIA, number, Handling.OTHER, "x")
    assert steps(world, number) == []


def test_a_lab_acknowledges_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.actions.answer(LAB, world.incident("menaka-1"), Handling.OTHER, "x")


@pytest.mark.parametrize("why", ["", "  \n", "x" * 281])
def test_an_acknowledgement_says_why_in_a_few_words(world: World, why: str) -> None:
    with pytest.raises(BadEntry):
        world.actions.answer(TECHNICIAN, world.incident("menaka-1"), Handling.OTHER, why)


def test_the_right_password_signs_in_and_is_noted(world: World) -> None:
    viewer = world.actions.sign_in("tillia", PASSWORD)
    assert viewer is not None
    assert viewer.site == "tillia"
    assert audits(world) == [("tillia", "sign-in", "user tillia")]


@pytest.mark.parametrize(("name", "password"), [("tillia", "wrong password"), ("nobody", PASSWORD), ("tillia", "")])
def test_a_wrong_name_or_password_signs_nobody_in(world: World, name: str, password: str) -> None:
    assert world.actions.sign_in(name, password) is None


def test_a_hash_that_is_none_signs_nobody_in(world: World) -> None:
    with world.sessions.begin() as session:
        session.get_one(UserRow, "tillia").password_hash = "plain"
    assert world.actions.sign_in("tillia", "plain") is None


def test_no_password_is_kept_as_it_is(world: World) -> None:
    with world.sessions() as session:
        kept = session.get_one(UserRow, "tillia").password_hash
    assert PASSWORD not in kept
    assert kept.startswith("$argon2id$")


def test_a_new_password_changes_the_stamp_and_shuts_the_old_one_out(world: World) -> None:
    before = world.queries.viewer("tillia")
    world.actions.set_password("tillia", "une autre phrase", who="admin")
    after = world.queries.viewer("tillia")
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp
    assert world.actions.sign_in("tillia", PASSWORD) is None
    assert world.actions.sign_in("tillia", "une autre phrase") is not None


def test_a_removed_account_is_gone(world: World) -> None:
    world.actions.remove_user("tillia", who="admin")
    assert world.queries.viewer("tillia") is None
    assert audits(world) == [("admin", "remove-user", "user tillia")]


@pytest.mark.parametrize(
    ("name", "password", "given"),
    [
        ("tillia", PASSWORD, {}),
        ("Maïga", PASSWORD, {}),
        ("maiga", "short", {}),
        ("maiga", PASSWORD, {"role": Role.COOPERATIVE}),
        ("maiga", PASSWORD, {"site": "nowhere"}),
        ("maiga", PASSWORD, {"language": "français"}),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason(
    world: World, name: str, password: str, given: dict[str, Any]
) -> None:
    with pytest.raises(BadEntry):
        world.actions.add_user(
            name, password, **{"role": Role.LAB, "site": None, "language": "fr", "who": "admin", **given}
        )
    assert audits(world) == []


def test_an_unknown_account_has_no_password_to_change(world: World) -> None:
    with pytest.raises(UnknownThing):
        world.actions.set_password("nobody", PASSWORD, who="admin")


@pytest.fixture
def shared_world(tmp_path: Path, postgresql: str) -> Iterator[World]:
    world = empty_world(tmp_path, ledger=postgresql)
    yield world
    world.close()


def test_doors_open_on_postgresql_too(shared_world: World) -> None:
    world = shared_world
    world.latest(2, 12.0)
    world.box("menaka-1", "red")
    number = world.incident("menaka-1")
    world.told(number)
    assert world.actions.answer(TECHNICIAN, number, Handling.OTHER, "bringing gas")
    assert not world.actions.answer(TECHNICIAN, number, Handling.OTHER, "me too")
    units = world.queries.units(TECHNICIAN)
    assert (units[0].unit.id, units[0].acknowledged) == ("menaka-1", True)
    assert [step.to_state for step in world.queries.incident(TECHNICIAN, number).steps] == ["open", "acknowledged"]
    assert world.queries.measures().notifications == {"sent": 1}
    assert world.queries.health().well
    assert world.clock.now_ms() == NOW_MS


def asked(world: World) -> list[tuple[str, str, str]]:
    with world.sessions() as session:
        return [(row.device, row.action, row.who) for row in session.scalars(select(RequestRow))]


def test_a_technician_asks_a_device_and_it_is_written_down(world: World) -> None:
    world.actions.ask(TECHNICIAN, "pi-menaka", Action.IDENTIFY)
    assert asked(world) == [("pi-menaka", "identify", "technician")]
    assert audits(world) == [("technician", "request", "device pi-menaka")]


@pytest.mark.parametrize("viewer", [LAB, Viewer(name="menaka", role=Role.COOPERATIVE, site=SiteId("menaka"))])
def test_who_tends_no_devices_asks_nothing_of_them(world: World, viewer: Viewer) -> None:
    with pytest.raises(NotAllowed):
        world.actions.ask(viewer, "pi-menaka", Action.READ)
    assert asked(world) == []


@pytest.mark.parametrize("device", ["pi-menaka", "pi-nowhere"])
def test_nobody_asks_a_device_they_do_not_see(world: World, device: str) -> None:
    elsewhere = Viewer(name="t", role=Role.TECHNICIAN, site=SiteId("tillia"))
    with pytest.raises(UnknownThing, match=device):
        world.actions.ask(elsewhere, device, Action.READ)
    assert asked(world) == []
