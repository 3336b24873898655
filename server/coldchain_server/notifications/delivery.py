"""From claimed rows to people: handed to their channels side by side, and what became of it recorded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_server.ledger.database import Sessions
from coldchain_server.notifications.channels import Channel, open_channel
from coldchain_server.notifications.claiming import Claimed, moved
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.retrying import wait_s
from coldchain_server.notifications.rows import State
from coldchain_server.notifications.settings import NotificationSettings

Opener = Callable[[str, NotificationSettings], Channel]

log = structlog.get_logger()


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one claimed row."""

    claimed: Claimed
    delivered: bool
    said: str


class Delivery:
    """Hands messages over, at most `in_parallel` at a time; no transaction is open meanwhile."""

    def __init__(
        self, *, sessions: Sessions, clock: Clock, settings: NotificationSettings, opener: Opener = open_channel
    ) -> None:
        self._sessions, self._clock, self._settings, self._opener = sessions, clock, settings, opener
        self._unrecorded: list[Attempted] = []

    def deliver(self, claimed: list[Claimed]) -> None:
        """Try every claimed message once; a channel that fails or hangs holds up none of the others."""
        if not claimed:
            return
        with ThreadPoolExecutor(max_workers=self._settings.in_parallel, thread_name_prefix="channel") as side_by_side:
            self._unrecorded += side_by_side.map(self._attempt, claimed)

    def record(self) -> None:
        """Write down what became of attempts. What the ledger cannot take now stays here until the next call."""
        while self._unrecorded:
            with self._sessions.begin() as session:
                self._record(session, self._unrecorded[0])
            del self._unrecorded[0]

    def _attempt(self, claimed: Claimed) -> Attempted:
        try:
            outcome = self._opener(claimed.address, self._settings).tell(claimed.message)
        except ChannelFailed as failure:
            return Attempted(claimed=claimed, delivered=False, said=str(failure))
        except Exception as error:  # noqa: BLE001 - a fault in one channel must not keep the others from being told
            return Attempted(claimed=claimed, delivered=False, said=f"{claimed.kind}: {type(error).__name__}")
        return Attempted(claimed=claimed, delivered=True, said=outcome.said)

    def _record(self, session: Session, attempted: Attempted) -> None:
        claimed, now_ms = attempted.claimed, self._clock.now_ms()
        sending = (State.SENDING, claimed.attempt)
        if attempted.delivered:
            moved(session, claimed.id, sending, State.SENT, sent_ms=now_ms, outcome=attempted.said)
            return
        next_ms = now_ms + wait_s(self._settings, attempts=claimed.attempt) * 1000
        last = next_ms > claimed.expires_ms
        moved(
            session,
            claimed.id,
            sending,
            State.FAILED if last else State.PENDING,
            next_ms=next_ms,
            outcome=attempted.said,
        )
        if last or claimed.attempt == 1:
            event = "message given up" if last else "message not delivered; tried again later"
            log.warning(event, notification=claimed.id, contact=claimed.contact, because=attempted.said)
