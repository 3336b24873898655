"""Edits of limit profiles by hand: who changed which limits, when and why; the newest counts, none is ever deleted."""

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_judgement.errors import BadProfiles
from coldchain_judgement.limits import Profile
from coldchain_judgement.profiles import profile_of
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.tables import ProfileEditRow

log = structlog.get_logger()


class ProfileEdit(msgspec.Struct, frozen=True, kw_only=True):
    """One edit. `profile` None: the profile is again as the fleet file or the software has it."""

    number: int
    name: str
    profile: Profile | None
    at_ms: int
    who: str
    why: str


def add(session: Session, name: str, profile: Profile | None, *, who: str, why: str, at_ms: int) -> int:
    """Enter an edit, within somebody else's transaction, and return its number."""
    text = "" if profile is None else msgspec.json.encode(profile).decode()
    row = ProfileEditRow(name=name, profile=text, who=who, why=why, at_ms=at_ms)
    session.add(row)
    session.flush()
    return row.id


def history(session: Session, name: str) -> tuple[ProfileEdit, ...]:
    """Return the edits of a profile, newest first; one that this version cannot read is said, and left out."""
    rows = session.scalars(select(ProfileEditRow).where(ProfileEditRow.name == name).order_by(ProfileEditRow.id.desc()))
    return tuple(edit for edit in map(_edit, rows) if edit is not None)


def newest(session: Session) -> int:
    """Return the number of the newest edit of any profile, 0 where there was none: whoever knows it is up to date."""
    return session.scalar(select(func.max(ProfileEditRow.id))) or 0


def edited(session: Session, fleet: Fleet) -> Fleet:
    """Return `fleet` with its profiles as they were edited last. An edit of a profile that it no longer has is kept in
    the ledger, and changes nothing."""
    newest_of_each = select(func.max(ProfileEditRow.id)).group_by(ProfileEditRow.name)
    rows = session.scalars(select(ProfileEditRow).where(ProfileEditRow.id.in_(newest_of_each)))
    changed = {
        edit.name: edit.profile
        for edit in map(_edit, rows)
        if edit is not None and edit.profile is not None and edit.name in fleet.profiles
    }
    return msgspec.structs.replace(fleet, profiles=fleet.profiles | changed) if changed else fleet


def _edit(row: ProfileEditRow) -> ProfileEdit | None:
    try:
        profile = profile_of(row.name, _table(row.profile)) if row.profile else None
    except (msgspec.MsgspecError, BadProfiles) as error:
        log.error("an edit of a limit profile cannot be read, and does not count", profile=row.name, why=str(error))
        return None
    return ProfileEdit(number=row.id, name=row.name, profile=profile, at_ms=row.at_ms, who=row.who, why=row.why)


def _table(text: str) -> dict[str, object]:
    table = msgspec.json.decode(text, type=dict[str, object])
    table.pop("name", None)
    return table
