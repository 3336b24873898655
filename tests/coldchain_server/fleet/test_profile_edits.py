"""Edits of limit profiles: the newest counts, none is lost, and one that cannot be read stops nothing."""

import msgspec
import pytest
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Profile
from coldchain_server.actions.profiling import edit_profile
from coldchain_server.errors import NotAllowed
from coldchain_server.fleet import edits
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import ProfileEditRow
from coldchain_server.viewer import Viewer
from invented.small_fleet import fleet
from invented.world import World

FLEET = msgspec.structs.replace(fleet(), profiles={"daily": builtin_profiles()["daily"]})
DAILY = FLEET.profiles["daily"]


def longer(seconds: int) -> Profile:
    return msgspec.structs.replace(DAILY, silent_after_s=seconds)


def add(session: Session, seconds: int | None) -> int:
    profile = None if seconds is None else longer(seconds)
    return edits.add(session, "daily", profile, who="awa", why="a trial", at_ms=1)


def silent_after(session: Session) -> int:
    return edits.edited(session, FLEET).profiles["daily"].silent_after_s


def test_the_newest_edit_counts_until_there_is_another(world: World) -> None:
    with world.sessions.begin() as session:
        for seconds in (2400, 3600):
            add(session, seconds)
            assert silent_after(session) == seconds
        add(session, None)
        assert silent_after(session) == DAILY.silent_after_s
        assert [edit.profile for edit in edits.history(session, "daily")] == [None, longer(3600), longer(2400)]


def test_a_fleet_without_edits_is_the_same_fleet(world: World) -> None:
    with world.sessions() as session:
        assert edits.edited(session, FLEET) is FLEET
        assert edits.newest(session) == 0


def test_an_edit_that_cannot_be_read_leaves_the_profile_as_it_was(world: World) -> None:
    with world.sessions.begin() as session:
        session.add(ProfileEditRow(name="daily", profile='{"limits": 7}', who="", why="", at_ms=1))
        assert edits.edited(session, FLEET) is FLEET


def test_an_edit_of_a_profile_that_is_gone_changes_nothing(world: World) -> None:
    with world.sessions.begin() as session:
        edits.add(session, "ours", msgspec.structs.replace(DAILY, name="ours"), who="", why="", at_ms=1)
        assert edits.edited(session, FLEET) is FLEET


@pytest.mark.parametrize(
    "viewer",
    [
        Viewer(name="lab", role=Role.LAB),
        Viewer(name="coop", role=Role.COOPERATIVE, site=next(iter(FLEET.sites))),
        Viewer(name="local", role=Role.TECHNICIAN, site=next(iter(FLEET.sites))),
    ],
)
def test_limits_of_everybody_are_changed_by_those_who_see_everybody(world: World, viewer: Viewer) -> None:
    table = msgspec.to_builtins(longer(2400))
    del table["name"]
    with world.sessions.begin() as session, pytest.raises(NotAllowed, match="technicians and administrators"):
        edit_profile(session, FLEET, viewer, "daily", table, why="x", at_ms=1)
