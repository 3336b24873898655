"""How modems and gateways do that many people are told by: a dead one is an incident, and so is its end."""

from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_judgement.limits import Level
from coldchain_server.errors import ServerError
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.phones import MODEM, PHONE_KINDS
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import ChannelHealthRow
from coldchain_server.notifications.channels import Channel, Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.ways import Way, say

DEAD_AFTER_S, DEAD_AFTER_FAILURES = 600, 3
"""A gateway that is not reached counts as dead after so long and so many failures; one that refuses us does at once."""
RULE = "channel"
_GATEWAYS = PHONE_KINDS - {MODEM}

log = structlog.get_logger()

Opener = Callable[[str, NotificationSettings], Channel]


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of channel stands: failing since when, how often in a row, and whether it counts as dead."""

    failing_since_ms: int | None = None
    failures: int = 0
    dead: bool = False


def after_failure(before: Standings, *, for_everybody: bool, now_ms: int) -> Standings:
    """Return how a kind stands after a failure; `for_everybody`, where whoever is addressed would meet it. Pure."""
    since_ms = now_ms if before.failing_since_ms is None else before.failing_since_ms
    failures = before.failures + 1
    lasting = failures >= DEAD_AFTER_FAILURES and now_ms - since_ms >= DEAD_AFTER_S * 1000
    return Standings(failing_since_ms=since_ms, failures=failures, dead=before.dead or for_everybody or lasting)


class Health:
    """Keeps how each kind stands in the ledger, and leaves a verdict where one is found dead or alive again.

    Any thread may tell it. A ledger that is away makes it miss an outcome, never fail: the next one says the same.
    """

    def __init__(self, *, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock

    def failed(self, kind: str, trouble: str, *, for_everybody: bool) -> None:
        """Take a failure of a kind of channel; `trouble` names no address."""
        self._note(kind, trouble, for_everybody=for_everybody, works=False)

    def works(self, kind: str) -> None:
        """Take a success of a kind of channel."""
        self._note(kind, "", for_everybody=False, works=True)

    def _note(self, kind: str, trouble: str, *, for_everybody: bool, works: bool) -> None:
        try:
            with self._sessions.begin() as session:
                row = session.get(ChannelHealthRow, kind, with_for_update=True)
                if works and (row is None or row.failing_since_ms is None):
                    return
                self._change(session, kind, row, trouble, for_everybody=for_everybody, works=works)
        except ServerError as error:
            log.warning("how a channel does could not be written down", channel=kind, trouble=str(error))

    def _change(
        self,
        session: Session,
        kind: str,
        row: ChannelHealthRow | None,
        trouble: str,
        *,
        for_everybody: bool,
        works: bool,
    ) -> None:
        now_ms, before = self._clock.now_ms(), _standings(row)
        after = Standings() if works else after_failure(before, for_everybody=for_everybody, now_ms=now_ms)
        changed = ChannelHealthRow(
            kind=kind,
            failing_since_ms=after.failing_since_ms,
            failures=after.failures,
            dead=after.dead,
            trouble=trouble,
            changed_ms=now_ms,
        )
        session.merge(changed)
        if after.dead is not before.dead:
            way = Way(subject=f"channel:{kind}", rule=RULE, level=Level.CRITICAL)
            say(session, way, dead=after.dead, now_ms=now_ms, since_ms=after.failing_since_ms)
            event = "channel is dead" if after.dead else "channel works again"
            log.warning(event, channel=kind, **({"trouble": trouble} if trouble else {}))


class WatchedChannel:
    """A channel whose outcomes are told to `Health`. A number that is refused says nothing of the way to it."""

    def __init__(self, channel: Channel, health: Health) -> None:
        self._channel, self._health = channel, health

    @property
    def kind(self) -> str:
        return self._channel.kind

    @property
    def once(self) -> bool:
        return self._channel.once

    def tell(self, message: Message) -> Outcome:
        try:
            outcome = self._channel.tell(message)
        except ChannelFailed as failure:
            if not failure.permanent:
                self._health.failed(self.kind, str(failure), for_everybody=failure.gateway)
            raise
        self._health.works(self.kind)
        return outcome


def watched(opener: Opener, health: Health) -> Opener:
    """Return an opener whose gateways tell `health` how they do. Other channels are one person's alone.

    A modem is none of them: what lies in its outbox is no proof that it lives, so it is watched there.
    """

    def opened(address: str, settings: NotificationSettings) -> Channel:
        if kind_of(address) not in _GATEWAYS:
            return opener(address, settings)
        try:
            return WatchedChannel(opener(address, settings), health)
        except ChannelFailed as failure:
            health.failed(kind_of(address), str(failure), for_everybody=failure.gateway)
            raise

    return opened


def _standings(row: ChannelHealthRow | None) -> Standings:
    if row is None:
        return Standings()
    return Standings(failing_since_ms=row.failing_since_ms, failures=row.failures, dead=row.dead)
