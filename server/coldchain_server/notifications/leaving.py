"""Leaving rows for messages: one for a person and a channel on an occasion, at most once."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.fleet.model import Contact
from coldchain_server.ledger.tables import NotificationRow
from coldchain_server.notifications.choosing import Order, next_choice
from coldchain_server.notifications.disabling import refused_channels
from coldchain_server.notifications.news import Kind
from coldchain_server.notifications.rows import State


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What is told: a transition, a step of its escalation, a reminder of it, or a day's message. `id` names it."""

    id: str
    kind: Kind
    site: str
    transition_id: int | None = None
    incident_id: int | None = None
    critical: bool = False


def of_step(transition: int, step: int) -> str:
    """Return the name of the occasion on which a step of an escalation is told."""
    return f"{transition}:step-{step}"


def of_reminder(transition: int, number: int) -> str:
    """Return the name of the occasion of a reminder."""
    return f"{transition}:reminder-{number}"


def leave(session: Session, occasion: Occasion, contact: Contact, *, now_ms: int, order: Order = Order.CHOSEN) -> bool:
    """Leave a row for the next of a person's channels that was not tried on this occasion; False where none is left.

    Its text is made when it is sent, as it is true then.
    """
    tried = set(
        session.scalars(
            select(NotificationRow.channel).where(
                NotificationRow.occasion == occasion.id, NotificationRow.contact == contact.id
            )
        )
    )
    choice = next_choice(contact, order=order, without=tried | refused_channels(session, contact))
    if choice is None:
        return False
    session.add(
        NotificationRow(
            occasion=occasion.id,
            kind=occasion.kind.value,
            site=occasion.site,
            transition_id=occasion.transition_id,
            incident_id=occasion.incident_id,
            critical=occasion.critical,
            contact=contact.id,
            channel=choice.channel,
            channel_kind=choice.kind,
            language=choice.told.language,
            text="",
            state=State.PENDING.value,
            attempts=0,
            next_ms=now_ms,
            created_ms=now_ms,
            outcome="",
        )
    )
    session.flush()
    return True


def occasion_of(row: NotificationRow, kind: Kind) -> Occasion:
    """Return the occasion that a row is of."""
    return Occasion(
        id=row.occasion,
        kind=kind,
        site=row.site,
        transition_id=row.transition_id,
        incident_id=row.incident_id,
        critical=row.critical,
    )
