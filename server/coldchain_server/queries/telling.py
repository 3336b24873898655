"""Reading how people are told: every attempt, who is next and when, refused addresses, what is held back."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.tables import (
    AttemptRow,
    DisabledChannelRow,
    IncidentRow,
    NotificationRow,
    TellingRow,
    TransitionRow,
)
from coldchain_server.notifications.escalating import Step
from coldchain_server.notifications.recipients import steps_for
from coldchain_server.notifications.rows import OPEN, State, news_of, scope_of


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """One handing over of a message: what the other side said, whether it counts, and what was reported later."""

    number: int
    at_ms: int
    outcome: str  # sending, taken, failed, refused, unknown
    said: str
    counts: bool
    report: str  # arrived, lost; empty: none yet
    report_ms: int | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message of an incident to one person by one channel; never the address."""

    contact: str
    channel_kind: str
    kind: str
    language: str
    text: str
    state: str
    counts: bool
    outcome: str
    next_ms: int | None  # while it waits
    handed: tuple[Handed, ...]


class TellingNow(msgspec.Struct, frozen=True, kw_only=True):
    """How telling an incident stands: what was said to whom, and who hears next unless somebody answers.

    `next_ms` None: nobody, until something happens. `next` are contacts' names; empty with a time: a reminder.
    """

    told: tuple[Told, ...]
    next_ms: int | None
    next: tuple[str, ...]


class RefusedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a contact that its channel refuses for good."""

    number: int
    contact: str
    channel_kind: str
    since_ms: int
    why: str


def telling_now(session: Session, fleet: Fleet, incident: IncidentRow) -> TellingNow:
    """Return how telling an incident stands."""
    row = session.get(TellingRow, incident.id)
    due_ms = row.due_ms if row is not None and incident.state == OPEN else None
    people: tuple[str, ...] = ()
    if row is not None and due_ms is not None:
        people = _next_people(row, _steps(session, fleet, incident, row), due_ms=due_ms)
    return TellingNow(told=_told(session, incident.id), next_ms=due_ms, next=people)


def refused_addresses(session: Session) -> tuple[RefusedAddress, ...]:
    """Return the addresses that are used no more, the oldest first."""
    rows = select(DisabledChannelRow).where(DisabledChannelRow.enabled_ms.is_(None)).order_by(DisabledChannelRow.id)
    return tuple(
        RefusedAddress(
            number=row.id, contact=row.contact, channel_kind=row.channel_kind, since_ms=row.since_ms, why=row.why
        )
        for row in session.scalars(rows)
    )


def held_back(session: Session) -> dict[str, int]:
    """Return how many messages wait for room in the hour, by contact."""
    waiting = select(NotificationRow.contact, func.count()).where(
        NotificationRow.state == State.PENDING.value, NotificationRow.held_ms.is_not(None)
    )
    return {row[0]: row[1] for row in session.execute(waiting.group_by(NotificationRow.contact))}


def _steps(session: Session, fleet: Fleet, incident: IncidentRow, row: TellingRow) -> tuple[Step, ...]:
    transition, scope = session.get_one(TransitionRow, row.transition_id), scope_of(session, incident, fleet)
    try:
        return steps_for(news_of(transition, incident, fleet, scope=scope), scope, fleet)
    except UnknownThing:
        return ()


def _next_people(row: TellingRow, steps: Sequence[Step], *, due_ms: int) -> tuple[str, ...]:
    """Return whom the next step names, where it is that which is due."""
    if row.step >= len(steps):
        return ()
    after_s, before_s = steps[row.step].after_s, steps[row.step - 1].after_s if row.step else 0
    if after_s is None or due_ms < row.step_ms + (after_s - (before_s or 0)) * 1000:
        return ()
    return tuple(contact.name for contact in steps[row.step].contacts)


def _told(session: Session, incident: int) -> tuple[Told, ...]:
    rows = session.scalars(
        select(NotificationRow).where(NotificationRow.incident_id == incident).order_by(NotificationRow.id)
    ).all()
    handed: dict[int, list[Handed]] = defaultdict(list)
    mine = select(AttemptRow).where(AttemptRow.notification_id.in_([row.id for row in rows]))
    for attempt in session.scalars(mine.order_by(AttemptRow.id)):
        handed[attempt.notification_id].append(_handed(attempt))
    return tuple(_one(row, tuple(handed[row.id])) for row in rows)


def _one(row: NotificationRow, handed: tuple[Handed, ...]) -> Told:
    return Told(
        contact=row.contact,
        channel_kind=row.channel_kind,
        kind=row.kind,
        language=row.language,
        text=row.text,
        state=row.state,
        counts=row.counts,
        outcome=row.outcome,
        next_ms=row.next_ms if row.state == State.PENDING.value else None,
        handed=handed,
    )


def _handed(row: AttemptRow) -> Handed:
    return Handed(
        number=row.number,
        at_ms=row.began_ms,
        outcome=row.outcome,
        said=row.said,
        counts=row.counts,
        report=row.report,
        report_ms=row.report_ms,
    )
