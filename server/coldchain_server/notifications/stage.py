"""The stage: from transitions to people."""

from coldchain_contract.clock import Clock
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.notifications.channels import open_channel
from coldchain_server.notifications.claiming import Claims, Lexicons, packaged
from coldchain_server.notifications.daily import Daily
from coldchain_server.notifications.delivery import Delivery, Opener
from coldchain_server.notifications.following import Follower
from coldchain_server.notifications.milk import Milks, unknown
from coldchain_server.notifications.planning import Planner
from coldchain_server.notifications.settings import NotificationSettings


class Notifications:
    """Tells people. Threads live inside one step only: messages of one batch leave side by side.

    Nothing is lost wherever the server stops. A message may be told twice where it stops, or loses the ledger, after
    the channel took it and before that is recorded: a critical one is then sent again, with the same title.
    """

    name = "notifications"

    def __init__(
        self,
        *,
        sessions: Sessions,
        fleet: Fleet,
        clock: Clock,
        settings: NotificationSettings,
        opener: Opener = open_channel,
        lexicons: Lexicons = packaged,
        milks: Milks = unknown,
    ) -> None:
        self._planner = Planner(sessions=sessions, fleet=fleet, clock=clock, settings=settings)
        self._follower = Follower(sessions=sessions, fleet=fleet, clock=clock, settings=settings)
        self._daily = Daily(sessions=sessions, fleet=fleet, clock=clock, settings=settings)
        self._claims = Claims(
            sessions=sessions, fleet=fleet, clock=clock, settings=settings, lexicons=lexicons, milks=milks
        )
        self._delivery = Delivery(sessions=sessions, clock=clock, settings=settings, opener=opener)

    def step(self) -> bool:
        """Do one batch of each, in this order; True where more may be waiting already.

        Raises `LedgerUnavailable` where the ledger does not answer; what was handed over is then recorded next time.
        """
        self._delivery.record()  # what the ledger could not take the last time
        planned = self._planner.plan()  # transitions become rounds, and rows for whoever hears at once
        taken_back = self._claims.take_back()  # claims whose process is gone
        followed = self._follower.follow()  # other channels, the next of the list, reminders
        self._daily.plan()  # the daily trial, good news, and what came of them
        claimed = self._claims.take()
        self._delivery.deliver(claimed)
        self._delivery.record()
        return planned or taken_back or followed or bool(claimed)
