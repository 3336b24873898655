"""Claiming rows that are due, so that one process hands each over, and taking back those whose process is gone."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import CursorResult, Select, case, select, update
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import IncidentRow, NotificationRow, TransitionRow
from coldchain_server.notifications.channels import Message
from coldchain_server.notifications.news import News
from coldchain_server.notifications.retrying import expiry_ms, move_for
from coldchain_server.notifications.rows import State, address_of, news_of, standing_of, title_of
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import message_text

SENT_AGAIN = "the server stopped while sending; sent again"
NOT_SENT_AGAIN = "the server stopped while sending; it may or may not have arrived"
_LEASE_WALL_S = 300.0
_TAKEN_BACK_AT_ONCE = 100


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One row that this process alone hands over now, and when it would be given up."""

    id: int
    attempt: int
    contact: str
    kind: str
    address: str
    message: Message
    expires_ms: int


class Claims:
    """Compare-and-set on notification rows. A claim holds five real minutes; then its process counts as gone."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, settings: NotificationSettings) -> None:
        self._sessions, self._fleet, self._clock, self._settings = sessions, fleet, clock, settings

    def take(self) -> list[Claimed]:
        """Claim what is due, the critical first, and settle what is of no use any more."""
        due = self._numbers(_due(State.PENDING, self._clock.now_ms()).limit(self._settings.in_parallel))
        if not due:
            return []
        with self._sessions.begin() as session:
            taken = [self._take(session, session.get_one(NotificationRow, number)) for number in due]
        return [claimed for claimed in taken if claimed is not None]

    def take_back(self) -> None:
        """Settle claims whose process is gone: critical messages are due again, others stay unknown."""
        now_ms = self._clock.now_ms()
        gone = self._numbers(_due(State.SENDING, now_ms).limit(_TAKEN_BACK_AT_ONCE))
        if not gone:
            return
        with self._sessions.begin() as session:
            for number in gone:
                row = session.get_one(NotificationRow, number)
                critical = session.get_one(IncidentRow, row.incident_id).level == Level.CRITICAL.value
                if critical:
                    moved(session, row.id, (State.SENDING, row.attempts), State.PENDING, outcome=SENT_AGAIN)
                else:
                    moved(session, row.id, (State.SENDING, row.attempts), State.UNKNOWN, outcome=NOT_SENT_AGAIN)

    def _numbers(self, wanted: Select[Any]) -> Sequence[int]:
        with self._sessions() as session:
            return session.scalars(wanted).all()

    def _take(self, session: Session, row: NotificationRow) -> Claimed | None:
        """Claim one row; None where it is of no use, must wait, or is somebody else's already."""
        incident = session.get_one(IncidentRow, row.incident_id)
        transition = session.get_one(TransitionRow, row.transition_id)
        now_ms, pending = self._clock.now_ms(), (State.PENDING, row.attempts)
        try:
            news, (name, address) = news_of(transition, incident, self._fleet), self._target(row)
        except UnknownThing as error:
            moved(session, row.id, pending, State.FAILED, outcome=str(error))
            return None
        standing = standing_of(session, transition, incident)
        move = move_for(news, standing=standing, created_ms=row.created_ms, now_ms=now_ms, settings=self._settings)
        if move.give_up:
            outcome = f"{move.give_up}; last: {row.outcome}" if row.outcome else move.give_up
            moved(session, row.id, pending, State.FAILED, outcome=outcome)
        elif move.wait_until_ms is not None:
            moved(session, row.id, pending, State.PENDING, next_ms=move.wait_until_ms)
        else:
            return self._claim(session, row, news, name=name, address=address, now_ms=now_ms)
        return None

    def _claim(
        self, session: Session, row: NotificationRow, news: News, *, name: str, address: str, now_ms: int
    ) -> Claimed | None:
        """Mark a row as being sent, with the text as it is true now; a curfew may have begun or ended since."""
        text, attempt = message_text(news, row.language, now_ms=now_ms), row.attempts + 1
        lease = {"text": text, "attempts": attempt, "next_ms": now_ms + self._lease_ms()}
        if not moved(session, row.id, (State.PENDING, row.attempts), State.SENDING, **lease):
            return None
        return Claimed(
            id=row.id,
            attempt=attempt,
            contact=row.contact,
            kind=row.channel_kind,
            address=address,
            message=Message(to=name, title=title_of(row), text=text, id=str(row.id), language=row.language),
            expires_ms=expiry_ms(news, created_ms=row.created_ms, settings=self._settings),
        )

    def _target(self, row: NotificationRow) -> tuple[str, str]:
        contact, address = address_of(row, self._fleet)
        if kind_of(address) != row.channel_kind:
            raise UnknownThing(f"channel {row.channel} of contact {row.contact!r} is no {row.channel_kind} any more")
        return contact.name, address

    def _lease_ms(self) -> int:
        real_per_span = self._clock.wall_seconds(1.0) or 1.0  # a clock that stands still waits for nothing
        return round(_LEASE_WALL_S / real_per_span * 1000)


def moved(session: Session, number: int, was: tuple[State, int], to: State, **values: object) -> bool:
    """Change a row that still is in the state and at the attempt it `was`; False where somebody else was first."""
    still = (
        NotificationRow.id == number,
        NotificationRow.state == was[0].value,
        NotificationRow.attempts == was[1],
    )
    change = update(NotificationRow).where(*still).values(state=to.value, **values)
    result = cast("CursorResult[Any]", session.execute(change, execution_options={"synchronize_session": False}))
    return result.rowcount == 1


def _due(state: State, now_ms: int) -> Select[Any]:
    critical_first = case((IncidentRow.level == Level.CRITICAL.value, 0), else_=1)
    return (
        select(NotificationRow.id)
        .join(IncidentRow, NotificationRow.incident_id == IncidentRow.id)
        .where(NotificationRow.state == state.value, NotificationRow.next_ms <= now_ms)
        .order_by(critical_first, NotificationRow.next_ms, NotificationRow.id)
    )
