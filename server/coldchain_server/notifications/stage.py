"""The stage: from transitions to people."""

from coldchain_contract.clock import Clock
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.notifications.channels import open_channel
from coldchain_server.notifications.claiming import Claims
from coldchain_server.notifications.delivery import Delivery, Opener
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
    ) -> None:
        self._planner = Planner(sessions=sessions, fleet=fleet, clock=clock, settings=settings)
        self._claims = Claims(sessions=sessions, fleet=fleet, clock=clock, settings=settings)
        self._delivery = Delivery(sessions=sessions, clock=clock, settings=settings, opener=opener)

    def step(self) -> bool:
        """Do one batch, in this order: plan whom to tell, take what is due, hand it over, write down what became of it.

        Raises `LedgerUnavailable` where the ledger does not answer; what was handed over is then recorded next time.
        """
        self._delivery.record()
        planned = self._planner.plan()
        self._claims.take_back()
        claimed = self._claims.take()
        self._delivery.deliver(claimed)
        self._delivery.record()
        return planned or bool(claimed)
