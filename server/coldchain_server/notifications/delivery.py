"""From claimed rows to people: handed to their channels side by side, and what became of it recorded."""

import enum
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_server.ledger.database import Sessions
from coldchain_server.notifications import attempts
from coldchain_server.notifications.channels import Channel, open_channel
from coldchain_server.notifications.claiming import Claimed, moved
from coldchain_server.notifications.disabling import disable
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.retrying import wait_s
from coldchain_server.notifications.rows import State
from coldchain_server.notifications.settings import NotificationSettings

Opener = Callable[[str, NotificationSettings], Channel]

log = structlog.get_logger()


class End(enum.Enum):
    """What became of handing a message over."""

    TAKEN = attempts.TAKEN
    FAILED = attempts.FAILED  # trying again may help
    REFUSED = attempts.REFUSED  # this address is refused for good


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one claimed row. `reference` is the other side's name for the message."""

    claimed: Claimed
    end: End
    said: str
    reference: str = ""


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
            end = End.REFUSED if failure.permanent else End.FAILED
            return Attempted(claimed=claimed, end=end, said=str(failure))
        except Exception as error:  # noqa: BLE001 - a fault in one channel must not keep the others from being told
            return Attempted(claimed=claimed, end=End.FAILED, said=f"{claimed.kind}: {type(error).__name__}")
        return Attempted(claimed=claimed, end=End.TAKEN, said=outcome.said, reference=outcome.reference)

    def _record(self, session: Session, attempted: Attempted) -> None:
        claimed, now_ms = attempted.claimed, self._clock.now_ms()
        if not self._settle(session, attempted, now_ms=now_ms):
            return  # another process took it back meanwhile, and has written so
        attempts.end(
            session,
            claimed.id,
            claimed.attempt,
            outcome=attempted.end.value,
            said=attempted.said,
            now_ms=now_ms,
            counts=attempted.end is End.TAKEN and claimed.counts,
            reference=attempted.reference,
        )
        if attempted.end is End.REFUSED:
            disable(session, claimed.contact, claimed.channel, why=attempted.said, now_ms=now_ms)
            log.warning("address refused", contact=claimed.contact.id, channel=claimed.kind, because=attempted.said)

    def _settle(self, session: Session, attempted: Attempted, *, now_ms: int) -> bool:
        """Take the row on; False where it is not at this attempt any more."""
        claimed, said = attempted.claimed, attempted.said
        sending = (State.SENDING, claimed.attempt)
        if attempted.end is End.TAKEN:
            counts = claimed.counts
            taken = {"sent_ms": now_ms, "outcome": said, "counts": counts, "fell_through": not counts}
            return moved(session, claimed.id, sending, State.SENT, **taken)
        if attempted.end is End.REFUSED:
            return moved(session, claimed.id, sending, State.FAILED, outcome=said, fell_through=True)
        next_ms = now_ms + wait_s(self._settings, attempts=claimed.attempt) * 1000
        last = next_ms > claimed.expires_ms
        first = not attempts.failed_before(session, claimed.id)
        if last or first:
            event = "message given up" if last else "message not delivered; tried again later"
            log.warning(event, notification=claimed.id, contact=claimed.contact.id, because=said)
        values = {"fell_through": True} if first else {}
        state = State.FAILED if last else State.PENDING
        return moved(session, claimed.id, sending, state, next_ms=next_ms, outcome=said, **values)
