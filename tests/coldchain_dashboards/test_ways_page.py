"""Ways to people that do not work, on their page; and who hears next, on an incident's."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from coldchain_server.fleet.model import Contact, Role
from coldchain_server.ledger.tables import DisabledChannelRow, TellingRow, TransitionRow
from invented.browsing import signed_in, token_of
from invented.fleet import MENAKA
from invented.world import HOUR_MS, MINUTE_MS, NOW_MS, PASSWORD, World, open_world


def refused(world: World) -> None:
    with world.sessions.begin() as session:
        session.add(
            DisabledChannelRow(
                contact="mariama", channel_kind="atalk-sms", address="x", since_ms=NOW_MS, why="no such number"
            )
        )


def test_an_address_that_was_refused_is_used_again_by_an_administrator(world: World) -> None:
    refused(world)
    world.actions.add_user("admin", PASSWORD, role=Role.ADMIN, site=None, language="en", who="test")
    admin = signed_in(world, "admin")
    page = admin.get("/ways").text
    assert "mariama" in page and "no such number" in page
    assert "Ways to people</a> (1)" in admin.get("/incidents").text
    admin.post("/ways/1/use", data={"csrf_token": token_of(page)})
    assert "None: every address is used." in admin.get("/ways").text


@pytest.mark.parametrize("name", ["technician", "menaka", "lab"])
def test_nobody_else_looks_after_addresses(world: World, name: str) -> None:
    refused(world)
    someone = signed_in(world, name)
    assert someone.get("/ways").status_code == 403
    assert "Ways to people" not in someone.get("/incidents").text


def person(name: str, role: Role) -> Contact:
    return Contact(id=name, name=name.title(), language="fr", role=role, sites=(MENAKA,), channels=("console:",))


@pytest.mark.parametrize(
    ("step", "said"),
    [(1, "Nobody has answered: Sidi will be told at"), (2, "Nobody has answered: people are reminded at")],
    ids=["a step is next", "only a reminder"],
)
def test_an_incident_says_who_hears_next_unless_somebody_answers(
    world: World, tmp_path: Path, step: int, said: str
) -> None:
    people = (person("awa", Role.COOPERATIVE), person("sidi", Role.TECHNICIAN))
    told = open_world(tmp_path, msgspec.structs.replace(world.fleet, contacts=people))
    technician, began_ms = signed_in(told), NOW_MS - MINUTE_MS
    assert "Nobody has answered" not in technician.get("/incidents/1").text
    with told.sessions.begin() as session:
        first = session.scalars(select(TransitionRow.id).where(TransitionRow.incident_id == 1)).first()
        session.add(
            TellingRow(
                incident_id=1,
                transition_id=first,
                step=step,
                step_ms=began_ms,
                reminders=0,
                reminded_ms=began_ms,
                due_ms=began_ms + HOUR_MS,
            )
        )
    assert said in technician.get("/incidents/1").text
    told.close()
