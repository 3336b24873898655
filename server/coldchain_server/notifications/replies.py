"""Replies to what people said back: sent on by the way it came, one a step."""

import structlog
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_server.answers import rows
from coldchain_server.answers.rows import Reply
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.phones import numbers_of
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import HeardRow
from coldchain_server.notifications.channels import ONCE, Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.health import Opener
from coldchain_server.notifications.retrying import wait_s
from coldchain_server.notifications.settings import NotificationSettings

EXPIRES_S = 1800
"""A reply is worth sending for half an hour: later, whoever asked has asked again."""
_LEASE_WALL_S = 300.0

log = structlog.get_logger()


class Replies:
    """Sends replies. A stop while sending loses none that goes out once, and doubles none of the others."""

    name = "replies"

    def __init__(
        self,
        *,
        sessions: Sessions,
        fleet: Fleet,
        clock: Clock,
        settings: NotificationSettings,
        opener: Opener = open_channel,
    ) -> None:
        self._sessions, self._fleet, self._clock = sessions, fleet, clock
        self._settings, self._opener = settings, opener

    def step(self) -> bool:
        """Send one reply that is due; `LedgerUnavailable` where the ledger does not answer."""
        self._take_back()
        claimed = self._claimed()
        if claimed is None:
            return False
        row, message = claimed
        try:
            outcome = self._opener(self._address(row), self._settings).tell(message)
        except ChannelFailed as failure:
            self._failed(row, failure)
        else:
            self._record(row, Reply.SENT, outcome=outcome.said)
        return True

    def _claimed(self) -> tuple[HeardRow, Message] | None:
        """Mark the first reply that is due as being sent, and give up those that nobody waits for any more."""
        now_ms = self._clock.now_ms()
        with self._sessions.begin() as session:
            for name in rows.waiting(session, Reply.PENDING, now_ms=now_ms, limit=100):
                row = session.get_one(HeardRow, name)
                if now_ms > row.at_ms + EXPIRES_S * 1000 or self._number(row) is None:
                    rows.moved(session, row, Reply.FAILED, outcome=row.outcome or "nobody waits for it any more")
                elif self._claim(session, row, now_ms=now_ms):
                    return row, Message(to=row.contact, title="", text=row.reply, id=f"reply-{row.id}")
        return None

    def _claim(self, session: Session, row: HeardRow, *, now_ms: int) -> bool:
        lease_ms = round(_LEASE_WALL_S / (self._clock.wall_seconds(1.0) or 1.0) * 1000)
        values = {"attempts": row.attempts + 1, "next_ms": now_ms + lease_ms}
        if not rows.moved(session, row, Reply.SENDING, **values):
            return False
        session.refresh(row)
        return True

    def _take_back(self) -> None:
        """Settle claims whose process is gone: sent again where that doubles nothing, else left as they are."""
        now_ms = self._clock.now_ms()
        with self._sessions() as session:
            gone = rows.waiting(session, Reply.SENDING, now_ms=now_ms, limit=100)
        if not gone:
            return
        with self._sessions.begin() as session:
            for name in gone:
                row = session.get_one(HeardRow, name)
                again = row.channel_kind in ONCE
                rows.moved(session, row, Reply.PENDING if again else Reply.UNKNOWN, next_ms=now_ms)

    def _failed(self, row: HeardRow, failure: ChannelFailed) -> None:
        log.warning("reply not sent", contact=row.contact, because=str(failure))
        if failure.permanent:
            self._record(row, Reply.FAILED, outcome=str(failure))
            return
        next_ms = self._clock.now_ms() + wait_s(self._settings, attempts=row.attempts) * 1000
        self._record(row, Reply.PENDING, outcome=str(failure), next_ms=next_ms)

    def _record(self, row: HeardRow, to: Reply, **values: object) -> None:
        with self._sessions.begin() as session:
            rows.moved(session, row, to, **values)

    def _address(self, row: HeardRow) -> str:
        return f"{row.channel_kind}:{self._number(row)}"

    def _number(self, row: HeardRow) -> str | None:
        """Return the number a reply goes to; None where the fleet file no longer has it."""
        contact = next((one for one in self._fleet.contacts if one.id == row.contact), None)
        numbers = numbers_of(contact) if contact is not None else ()
        return numbers[row.phone] if row.phone < len(numbers) else None
