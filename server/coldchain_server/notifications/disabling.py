"""Addresses that a channel refuses for good: not used again until a person says so, or writes another."""

import hashlib
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact
from coldchain_server.ledger.tables import DisabledChannelRow
from coldchain_server.notifications.ways import Way, say

RULE = "refused"


def disable(session: Session, contact: Contact, channel: int, *, why: str, now_ms: int) -> bool:
    """Use an address no more, and let whoever looks after people know; False where it is disabled already."""
    address = contact.channels[channel]
    if digest(address) in _refused(session, contact.id):
        return False
    row = DisabledChannelRow(
        contact=contact.id,
        channel_kind=kind_of(address),
        address=digest(address),
        since_ms=now_ms,
        why=why,
        enabled_ms=None,
        enabled_by="",
    )
    session.add(row)
    session.flush()
    say(session, _way(row), dead=True, now_ms=now_ms)
    return True


def enable(session: Session, number: int, *, who: str, now_ms: int) -> bool:
    """Use a refused address again; False where somebody was first, or there is none of that number."""
    row = session.get(DisabledChannelRow, number)
    if row is None:
        return False
    enabling = update(DisabledChannelRow).where(
        DisabledChannelRow.id == number, DisabledChannelRow.enabled_ms.is_(None)
    )
    changed = session.execute(enabling.values(enabled_ms=now_ms, enabled_by=who[:64]))
    if cast("CursorResult[Any]", changed).rowcount != 1:
        return False
    say(session, _way(row), dead=False, now_ms=now_ms)
    return True


def refused_channels(session: Session, contact: Contact) -> frozenset[int]:
    """Return which of a contact's channels are refused, as places in their list; a changed address is another one."""
    refused = _refused(session, contact.id)
    return frozenset(place for place, address in enumerate(contact.channels) if digest(address) in refused)


def digest(address: str) -> str:
    """Return what an address is known by where it must not be kept."""
    return hashlib.sha256(address.encode()).hexdigest()


def _refused(session: Session, contact: str) -> set[str]:
    rows = select(DisabledChannelRow.address).where(
        DisabledChannelRow.contact == contact, DisabledChannelRow.enabled_ms.is_(None)
    )
    return set(session.scalars(rows))


def _way(row: DisabledChannelRow) -> Way:
    return Way(subject=f"address:{row.contact}:{row.channel_kind}:{row.id}", rule=RULE, level=Level.WARNING)
