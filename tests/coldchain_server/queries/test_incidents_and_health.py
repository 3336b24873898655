"""Incidents, accounts, health and counts, as the reading door gives them."""

from pathlib import Path

import pytest

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.queries import Queries
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.viewer import Viewer
from invented.world import HOUR_MS, NOW_MS, World

EVERYONE = Viewer(name="technician", role=Role.TECHNICIAN)
LAB = Viewer(name="lab", role=Role.LAB)
TILLIA = Viewer(name="tillia", role=Role.COOPERATIVE, site=SiteId("tillia"))


def test_what_goes_on_comes_first_and_gravest_first(world: World) -> None:
    warning = world.incident("menaka-1", level=Level.WARNING, ago_ms=9 * HOUR_MS)
    over = world.incident("menaka-1", state="resolved")
    critical = world.incident("tillia-1")
    found = world.queries.incidents(EVERYONE)
    assert [one.id for one in found.open] == [critical, warning]
    assert [one.id for one in found.resolved] == [over]


def test_a_cooperative_sees_only_its_own_incidents(world: World) -> None:
    theirs, other = world.incident("tillia-1"), world.incident("menaka-1")
    assert [one.id for one in world.queries.incidents(TILLIA).open] == [theirs]
    with pytest.raises(UnknownThing):
        world.queries.incident(TILLIA, other)


def test_an_incident_shows_each_attempt_to_tell_somebody_with_its_outcome(world: World) -> None:
    number = world.incident("menaka-1")
    world.told(number)
    world.told(number, state="failed", outcome="no such number", contact="Ibrahim")
    (opening,) = world.queries.incident(EVERYONE, number).steps
    assert [(a.contact, a.state, a.outcome) for a in opening.attempts] == [
        ("Mariama", "sent", ""),
        ("Ibrahim", "failed", "no such number"),
    ]


def test_a_lab_looks_on(world: World) -> None:
    number = world.incident("menaka-1")
    assert world.queries.incident(EVERYONE, number).may_acknowledge
    assert not world.queries.incident(LAB, number).may_acknowledge


def test_evidence_of_another_version_hides_no_incident(world: World) -> None:
    number = world.incident("menaka-1", why=Why.TOO_COLD)
    with world.sessions.begin() as session:
        session.get_one(IncidentRow, number).evidence = '{"worst_celsius": "cold"}'
    incident = world.queries.incident(EVERYONE, number).incident
    assert (incident.why, incident.worst_celsius, incident.limit) == (Why.TOO_COLD, None, None)


def test_an_account_is_found_by_its_name(world: World) -> None:
    viewer = world.queries.viewer("tillia")
    assert viewer is not None
    assert (viewer.role, viewer.site) == (Role.COOPERATIVE, "tillia")
    assert world.queries.viewer("nobody") is None


def test_everything_that_answers_is_well(world: World) -> None:
    assert world.queries.health().well


def test_a_store_that_is_away_is_named_and_the_rest_is_still_counted(world: World, tmp_path: Path) -> None:
    world.latest(2, 4.0)
    world.incident("menaka-1")
    queries = Queries(
        sessions=world.sessions,
        fleet=world.fleet,
        store=SqliteStore(tmp_path),  # a folder is no database
        clock=world.clock,
        spool=world.spool,
    )
    measures = queries.measures()
    assert (measures.health.ledger, measures.health.spool) == (None, None)
    assert measures.health.store is not None
    assert measures.incidents == {("open", "critical"): 1}
    assert measures.last_heard_ms == {DeviceId("pi-menaka"): NOW_MS - 120_000}


def test_a_dead_spool_and_a_dead_ledger_are_named(world: World) -> None:
    world.spool.close()
    assert world.queries.health().spool is not None
