"""Larger causes as they are read: who sees an outage over several sites, and what of it."""

import pytest

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.verdicts import Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.viewer import Viewer
from invented.world import World

TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)
MENAKA = Viewer(name="menaka", role=Role.COOPERATIVE, site=SiteId("menaka"))
TILLIA = Viewer(name="tillia", role=Role.COOPERATIVE, site=SiteId("tillia"))


@pytest.fixture
def outage(world: World) -> int:
    """An outage over two of the three sites, Tillia not among them."""
    number = world.incident("menaka-1", why=Why.OUTAGE)
    members = [world.incident(unit, why=Why.SILENT, state="suppressed") for unit in ("menaka-2", "anderam-1")]
    with world.sessions.begin() as session:
        row = session.get_one(IncidentRow, number)
        row.site, row.unit, row.subject, row.rule = "", "", "outage-1", "group"
        for member in members:
            session.get_one(IncidentRow, member).parent_id = number
    return number


def test_whoever_sees_every_site_sees_all_that_an_outage_covers(world: World, outage: int) -> None:
    story = world.queries.incident(TECHNICIAN, outage)
    assert (story.incident.unit.id, story.incident.site.id) == ("", "")
    assert [member.site.id for member in story.members] == ["anderamboukane", "menaka"]
    member = story.members[0].id
    parent = world.queries.incident(TECHNICIAN, member).parent
    assert parent is not None
    assert (parent.id, parent.why) == (outage, Why.OUTAGE)


def test_a_cooperative_sees_the_outage_that_it_is_in_and_of_it_only_its_own(world: World, outage: int) -> None:
    assert [one.id for one in world.queries.incidents(MENAKA).open if one.why is Why.OUTAGE] == [outage]
    story = world.queries.incident(MENAKA, outage)
    assert [member.site.id for member in story.members] == ["menaka"]
    assert story.may_acknowledge


def test_a_cooperative_that_is_in_no_outage_sees_none(world: World, outage: int) -> None:
    assert world.queries.incidents(TILLIA).open == ()
    with pytest.raises(UnknownThing):
        world.queries.incident(TILLIA, outage)
