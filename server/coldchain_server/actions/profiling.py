"""Editing limit profiles: who may, and what of a profile may be changed."""

from sqlalchemy.orm import Session

from coldchain_judgement.errors import BadProfiles
from coldchain_judgement.profiles import profile_of
from coldchain_server.actions.audit import note
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet import edits
from coldchain_server.fleet.model import Fleet
from coldchain_server.viewer import Viewer

LONGEST_REASON = 280


def edit_profile(
    session: Session, fleet: Fleet, viewer: Viewer, name: str, table: dict[str, object], *, why: str, at_ms: int
) -> int:
    """Let the profile be as `table` says, from the next reading on; return the number of the edit.

    Raises `NotAllowed` for who tends no devices, `UnknownThing` for a profile that the fleet does not have, `BadEntry`
    with what is wrong in it, without a reason, or where nothing changes.
    """
    reason = _allowed(fleet, viewer, name, why)
    try:
        profile = profile_of(name, table)
    except BadProfiles as bad:
        raise BadEntry(str(bad)) from bad
    if profile == edits.edited(session, fleet).profiles[name]:
        raise BadEntry(f"profile {name!r} is like this already")
    number = edits.add(session, name, profile, who=viewer.name, why=reason, at_ms=at_ms)
    note(session, at_ms=at_ms, who=viewer.name, action="edit-profile", subject=f"profile {name}", detail=reason)
    return number


def restore_profile(
    session: Session, fleet: Fleet, viewer: Viewer, name: str, number: int, *, why: str, at_ms: int
) -> int:
    """Let the profile be as after the edit of that number, 0 being before all edits; return the number of the new edit.

    Raises as `edit_profile` does, and `UnknownThing` for an edit that is not one of this profile.
    """
    reason = _allowed(fleet, viewer, name, why)
    known = {edit.number: edit.profile for edit in edits.history(session, name)} | {0: None}
    if number not in known:
        raise UnknownThing(f"profile {name!r} has no edit {number}")
    restored = edits.add(session, name, known[number], who=viewer.name, why=reason, at_ms=at_ms)
    note(session, at_ms=at_ms, who=viewer.name, action="restore-profile", subject=f"profile {name}", detail=reason)
    return restored


def _allowed(fleet: Fleet, viewer: Viewer, name: str, why: str) -> str:
    if not viewer.tends_devices or not viewer.sees_every_site:
        raise NotAllowed("limits are changed by technicians and administrators of every site")
    if name not in fleet.profiles:
        raise UnknownThing(f"no profile {name[:64]!r}: there are {', '.join(fleet.profiles)}")
    reason = " ".join(why.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise BadEntry(f"say in 1 to {LONGEST_REASON} characters why the limits change")
    return reason
