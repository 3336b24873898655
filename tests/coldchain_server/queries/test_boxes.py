"""The boxes themselves, for whoever tends them: on line or not, what is wrong, what was asked, what is lost."""

import pytest
from sqlalchemy import select

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.messages import Answer
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking import losses
from coldchain_server.asking.findings import FindingKind, begin, end
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.asking.hearing import hear_answer
from coldchain_server.asking.losses import Loss
from coldchain_server.asking.requests import Action, State
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import RequestRow
from coldchain_server.queries.boxes import BoxNow
from coldchain_server.spool.model import Accepted
from coldchain_server.viewer import Viewer
from invented.small_fleet import OUTBOX, pack
from invented.world import NOW_MS, World

MENAKA = SiteId("menaka")
BOX = DeviceId("pi-menaka")
HERE = Topic(MENAKA, BOX, Kind.ANSWER)
TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)


def box(world: World) -> BoxNow:
    (found,) = world.queries.boxes(TECHNICIAN, "menaka-1")
    return found


def lose(world: World, sequences: Sequences) -> None:
    with world.sessions.begin() as session:
        loss = Loss(site=MENAKA, device=BOX, outbox=OUTBOX, sequences=sequences, why=WhyLost.GONE)
        losses.enter(session, loss, now_ms=NOW_MS)


def test_a_box_never_heard_is_neither_on_line_nor_off(world: World) -> None:
    assert box(world) == BoxNow(
        device=BOX, online=None, said_ms=None, two_boxes_since_ms=None, lost_readings=0, asked=None
    )


@pytest.mark.parametrize("online", [True, False])
def test_a_box_is_on_line_as_its_last_status_says(world: World, *, online: bool) -> None:
    world.status("menaka", online=online)
    assert (box(world).online, box(world).said_ms) == (online, NOW_MS)


def test_what_was_last_asked_of_a_box_is_shown_with_its_answer(world: World) -> None:
    world.actions.ask(TECHNICIAN, BOX, Action.IDENTIFY)
    asked = box(world).asked
    assert asked is not None
    assert (asked.action, asked.state) == (Action.IDENTIFY, State.OPEN)
    with world.sessions.begin() as session:
        number = session.scalars(select(RequestRow.id)).one()
        hear_answer(session, HERE, Answer(id=number, done=False, detail="no light fitted"), at_ms=NOW_MS)
    asked = box(world).asked
    assert asked is not None
    assert (asked.state, asked.answer) == (State.DECLINED, "no light fitted")


def test_two_boxes_are_shown_until_it_is_over(world: World) -> None:
    with world.sessions.begin() as session:
        begin(session, FindingKind.TWO_BOXES, HERE, at_ms=NOW_MS - 5, detail="")
    assert box(world).two_boxes_since_ms == NOW_MS - 5
    assert world.queries.measures().boxes.findings == {"two-boxes": 1, "too-small": 0}  # type: ignore[union-attr]
    with world.sessions.begin() as session:
        end(session, FindingKind.TWO_BOXES, BOX, at_ms=NOW_MS)
    assert box(world).two_boxes_since_ms is None
    assert world.queries.measures().boxes.findings == {"two-boxes": 0, "too-small": 0}  # type: ignore[union-attr]


def test_what_was_lost_and_came_after_all_is_not_counted(world: World) -> None:
    lose(world, Sequences.span(1, 5))
    lose(world, Sequences.span(4, 8))
    assert box(world).lost_readings == 8
    taken = Accepted(site=MENAKA, device=BOX, live=False, received_ms=NOW_MS, pack=pack(first=2))
    world.spool.admit([taken])
    assert box(world).lost_readings == 7
    assert world.queries.measures().boxes.lost_readings == 7  # type: ignore[union-attr]


@pytest.mark.parametrize("role", [Role.LAB, Role.COOPERATIVE])
def test_who_tends_no_boxes_is_shown_none(world: World, role: Role) -> None:
    assert world.queries.boxes(Viewer(name="x", role=role, site=MENAKA), "menaka-1") == ()


def test_a_box_of_another_site_is_not_shown(world: World) -> None:
    with pytest.raises(UnknownThing):
        world.queries.boxes(Viewer(name="x", role=Role.TECHNICIAN, site=SiteId("tillia")), "menaka-1")
