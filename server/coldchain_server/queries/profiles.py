"""Limit profiles as pages show them: as they are now, who goes by them, and how they came to be so."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Profile
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet import edits
from coldchain_server.fleet.edits import ProfileEdit
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.viewer import Viewer


class ProfileNow(msgspec.Struct, frozen=True, kw_only=True):
    """A profile, the units of it that the viewer sees, its edits newest first, and whether the viewer may edit it."""

    profile: Profile
    units: tuple[Unit, ...]
    edits: tuple[ProfileEdit, ...]
    may_edit: bool


def profiles_now(session: Session, fleet: Fleet, viewer: Viewer) -> tuple[ProfileNow, ...]:
    """Return every profile that judges a unit the viewer sees, and for who may edit them all there are."""
    current = edits.edited(session, fleet).profiles
    found = (_now(session, fleet, viewer, profile) for profile in current.values())
    return tuple(one for one in found if one.units or one.may_edit)


def profile_now(session: Session, fleet: Fleet, viewer: Viewer, name: str) -> ProfileNow:
    """Return one profile; `UnknownThing` where the viewer sees none of that name."""
    for one in profiles_now(session, fleet, viewer):
        if one.profile.name == name:
            return one
    raise UnknownThing(f"no profile {name[:64]!r}")


def _now(session: Session, fleet: Fleet, viewer: Viewer, profile: Profile) -> ProfileNow:
    units = (unit for unit in fleet.units.values() if unit.profile == profile.name and viewer.sees(unit.site))
    return ProfileNow(
        profile=profile,
        units=tuple(units),
        edits=edits.history(session, profile.name),
        may_edit=viewer.tends_devices and viewer.sees_every_site,
    )
