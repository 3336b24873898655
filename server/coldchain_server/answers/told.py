"""What a person was last told, which is what their answer answers."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.incidents.table import State
from coldchain_server.ledger.tables import IncidentRow, NotificationRow

ANSWERS_FOR_S = 24 * 3600
"""How long after it was told an incident is taken for what an answer is about."""
TOGETHER_S = 600
"""What was told within ten minutes of the last of it is answered together: the calls and texts of one evening."""
_LONGEST_ID = 19
_MAY_HAVE_ARRIVED = ("sending", "sent", "unknown")
_GOES_ON = (State.OPEN.value, State.ACKNOWLEDGED.value)


_TRIAL, _AT = "trial-", "--"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message: whom it tells, in which words, and of which incident, if of any; a trial has no words here."""

    contact: Contact
    text: str
    language: str
    incident: IncidentRow | None


def trial_id(contact: str, *, now_ms: int) -> str:
    """Return the id of a message that tries a way to somebody out."""
    return f"{_TRIAL}{contact}{_AT}{now_ms}"


def told_by(session: Session, fleet: Fleet, message: str) -> Told:
    """Return the message of an id that a channel was given; `UnknownThing` where there is none."""
    if message.startswith(_TRIAL):
        contact = _contact(fleet, message.removeprefix(_TRIAL).rpartition(_AT)[0])
        return Told(contact=contact, text="", language=contact.language, incident=None)
    row = session.get(NotificationRow, int(message)) if message.isdecimal() and len(message) < _LONGEST_ID else None
    if row is None:
        raise UnknownThing(f"no message {message[:64]!r}")
    return Told(
        contact=_contact(fleet, row.contact),
        text=row.text,
        language=row.language,
        incident=session.get(IncidentRow, row.incident_id) if row.incident_id is not None else None,
    )


def last_told(session: Session, contacts: Collection[str], *, now_ms: int) -> Sequence[IncidentRow]:
    """Return the incidents that still go on and were told last to any of `contacts`, the newest first.

    They are several people where they share a phone.
    """
    told_ms = func.max(func.coalesce(NotificationRow.handed_ms, NotificationRow.created_ms))
    told = (
        select(NotificationRow.incident_id, told_ms.label("told_ms"))
        .join(IncidentRow, NotificationRow.incident_id == IncidentRow.id)
        .where(
            NotificationRow.contact.in_(contacts),
            NotificationRow.state.in_(_MAY_HAVE_ARRIVED),
            IncidentRow.state.in_(_GOES_ON),
        )
        .group_by(NotificationRow.incident_id)
    )
    found = [(number, at_ms) for number, at_ms in session.execute(told) if at_ms > now_ms - ANSWERS_FOR_S * 1000]
    if not found:
        return ()
    newest_ms = max(at_ms for _, at_ms in found)
    together = sorted(
        ((at_ms, number) for number, at_ms in found if at_ms >= newest_ms - TOGETHER_S * 1000), reverse=True
    )
    return [session.get_one(IncidentRow, number) for _, number in together]


def _contact(fleet: Fleet, wanted: str) -> Contact:
    contact = next((one for one in fleet.contacts if one.id == wanted), None)
    if contact is None:
        raise UnknownThing(f"contact {wanted[:64]!r} is not in the fleet file")
    return contact
