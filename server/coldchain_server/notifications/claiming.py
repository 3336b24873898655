"""Claiming rows that are due, so that one process hands each over, and taking back those whose process is gone."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import CursorResult, Select, select, update
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import NotificationRow
from coldchain_server.notifications import attempts
from coldchain_server.notifications.capping import HOUR_MS, Cap, room_for
from coldchain_server.notifications.catalogue import PACKAGED, Lexicon
from coldchain_server.notifications.channels import ONCE, Message
from coldchain_server.notifications.choosing import told_by
from coldchain_server.notifications.content import Content, content_of
from coldchain_server.notifications.disabling import refused_channels
from coldchain_server.notifications.milk import Milks, unknown
from coldchain_server.notifications.rows import State, address_of, title_of
from coldchain_server.notifications.settings import NotificationSettings

REFUSED = "the channel refuses this address until somebody changes or enables it"
FOLDED = "held back, and told as a number in a later message"
_LEASE_WALL_S = 300.0
_TAKEN_BACK_AT_ONCE = 100

Lexicons = Callable[[Session], Lexicon]
"""Returns the texts that may be used, as the ledger has them now."""


def packaged(_session: Session) -> Lexicon:
    """Return the texts written with the software."""
    return PACKAGED


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One row that this process alone hands over now, when it would be given up, and whether it counts once taken."""

    id: int
    attempt: int
    contact: Contact
    channel: int
    kind: str
    address: str
    message: Message
    expires_ms: int
    counts: bool


class Claims:
    """Compare-and-set on notification rows. A claim holds five real minutes; then its process counts as gone."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        fleet: Fleet,
        clock: Clock,
        settings: NotificationSettings,
        lexicons: Lexicons = packaged,
        milks: Milks = unknown,
    ) -> None:
        self._sessions, self._fleet, self._clock, self._settings = sessions, fleet, clock, settings
        self._lexicons, self._milks = lexicons, milks

    def take(self) -> list[Claimed]:
        """Claim what is due, the critical first, and settle what is of no use any more."""
        due = self._numbers(_due(State.PENDING, self._clock.now_ms()).limit(self._settings.in_parallel))
        if not due:
            return []
        with self._sessions.begin() as session:
            taken = [self._take(session, session.get_one(NotificationRow, number)) for number in due]
        return [claimed for claimed in taken if claimed is not None]

    def take_back(self) -> bool:
        """Settle claims whose process is gone: what must or can be sent again is due again, others stay unknown."""
        now_ms = self._clock.now_ms()
        gone = self._numbers(_due(State.SENDING, now_ms).limit(_TAKEN_BACK_AT_ONCE))
        if not gone:
            return False
        with self._sessions.begin() as session:
            for number in gone:
                self._taken_back(session, session.get_one(NotificationRow, number), now_ms=now_ms)
        return True

    def _taken_back(self, session: Session, row: NotificationRow, *, now_ms: int) -> None:
        sending = (State.SENDING, row.attempts)
        once = row.channel_kind in ONCE
        if row.critical or once:
            values = {"outcome": attempts.SENT_AGAIN, "fell_through": not once}
            settled = moved(session, row.id, sending, State.PENDING, **values)
        else:
            values = {"outcome": attempts.NOT_SENT_AGAIN, "fell_through": True}
            settled = moved(session, row.id, sending, State.UNKNOWN, **values)
        if settled:
            attempts.end(
                session, row.id, row.attempts, outcome=attempts.UNKNOWN, said=attempts.NOT_SENT_AGAIN, now_ms=now_ms
            )

    def _numbers(self, wanted: Select[Any]) -> Sequence[int]:
        with self._sessions() as session:
            return session.scalars(wanted).all()

    def _take(self, session: Session, row: NotificationRow) -> Claimed | None:
        """Claim one row; None where it is of no use, must wait, or is somebody else's already."""
        now_ms, pending = self._clock.now_ms(), (State.PENDING, row.attempts)
        try:
            contact, address = address_of(row, self._fleet)
            if kind_of(address) != row.channel_kind:
                raise UnknownThing(
                    f"channel {row.channel} of contact {row.contact!r} is no {row.channel_kind} any more"
                )
            content = self._content(session, row, contact, now_ms=now_ms)
        except UnknownThing as error:
            moved(session, row.id, pending, State.FAILED, outcome=str(error), fell_through=True)
            return None
        if why := content.given_up(now_ms=now_ms):
            outcome = f"{why}; last: {row.outcome}" if row.attempts else why
            moved(session, row.id, pending, State.FAILED, outcome=outcome)
            return None
        if row.channel in refused_channels(session, contact):
            moved(session, row.id, pending, State.FAILED, outcome=REFUSED, fell_through=True)
            return None
        if self._waits(session, row, content, now_ms=now_ms):
            return None
        return self._claim(session, row, content, address=address, now_ms=now_ms)

    def _content(self, session: Session, row: NotificationRow, contact: Contact, *, now_ms: int) -> Content:
        return content_of(session, row, contact, self._fleet, settings=self._settings, now_ms=now_ms, milks=self._milks)

    def _waits(self, session: Session, row: NotificationRow, content: Content, *, now_ms: int) -> bool:
        """Let a row wait that must not leave now, for the night or for want of room; False where it may."""
        pending = (State.PENDING, row.attempts)
        wait = content.wait(now_ms=now_ms)
        if wait.until_ms > now_ms:
            moved(session, row.id, pending, State.PENDING, next_ms=wait.until_ms, outcome=wait.why.value)
            return True
        room = room_for(
            content.news,
            _handed(session, row, since_ms=now_ms - HOUR_MS),
            now_ms=now_ms,
            per_hour=self._settings.per_hour,
        )
        if room.why is not Cap.FULL:
            return False
        held_ms = now_ms if row.held_ms is None else row.held_ms
        moved(session, row.id, pending, State.PENDING, next_ms=room.from_ms, held_ms=held_ms, outcome=room.why.value)
        return True

    def _claim(
        self, session: Session, row: NotificationRow, content: Content, *, address: str, now_ms: int
    ) -> Claimed | None:
        """Mark a row as being sent, with the text as it is true now; a curfew may have begun or ended since."""
        lexicon = self._lexicons(session)
        told = told_by(content.contact, row.channel_kind, usable=lexicon.languages(), recorded=lexicon.voices())
        attempt = row.attempts + 1
        lease = {"attempts": attempt, "next_ms": now_ms + self._lease_ms(), "handed_ms": now_ms}
        if not moved(session, row.id, (State.PENDING, row.attempts), State.SENDING, language=told.language, **lease):
            return None
        folded = self._fold(session, row, content.contact, now_ms=now_ms)
        text = content.text(told.language, held=folded, now_ms=now_ms, lexicon=lexicon)
        moved(session, row.id, (State.SENDING, attempt), State.SENDING, text=text, outcome="")
        attempts.begin(session, row, number=attempt, now_ms=now_ms)
        return Claimed(
            id=row.id,
            attempt=attempt,
            contact=content.contact,
            channel=row.channel,
            kind=row.channel_kind,
            address=address,
            message=Message(
                to=content.contact.name, title=title_of(row), text=text, id=str(row.id), language=told.language
            ),
            expires_ms=content.expires_ms(),
            counts=told.counts,
        )

    def _fold(self, session: Session, row: NotificationRow, contact: Contact, *, now_ms: int) -> int:
        """Let this message speak for what else is held back for its person; return how many that is."""
        held = select(NotificationRow).where(
            NotificationRow.contact == contact.id,
            NotificationRow.state == State.PENDING.value,
            NotificationRow.held_ms.is_not(None),
            NotificationRow.id != row.id,
        )
        folded: set[str] = set()
        for other in session.scalars(held).all():
            try:
                content = self._content(session, other, contact, now_ms=now_ms)
                why = content.given_up(now_ms=now_ms)
            except UnknownThing as error:
                why = str(error)
            to = State.FAILED if why else State.FOLDED
            if moved(session, other.id, (State.PENDING, other.attempts), to, outcome=why or FOLDED) and not why:
                folded.add(other.occasion)
        return len(folded - {row.occasion})

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


def _handed(session: Session, row: NotificationRow, *, since_ms: int) -> Sequence[int]:
    """Return when messages were handed over for a row's person since an instant, tries of this one aside."""
    handed = select(NotificationRow.handed_ms).where(
        NotificationRow.contact == row.contact, NotificationRow.handed_ms > since_ms, NotificationRow.id != row.id
    )
    return [at_ms for at_ms in session.scalars(handed) if at_ms is not None]


def _due(state: State, now_ms: int) -> Select[Any]:
    return (
        select(NotificationRow.id)
        .where(NotificationRow.state == state.value, NotificationRow.next_ms <= now_ms)
        .order_by(NotificationRow.critical.desc(), NotificationRow.next_ms, NotificationRow.id)
    )
