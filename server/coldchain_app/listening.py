"""What the modem hears is told on: texts and reports to the writing door, how it does to the health of channels."""

from coldchain_server.actions import Actions, Text
from coldchain_server.fleet.phones import MODEM
from coldchain_server.gateways.events import Reported, Texted
from coldchain_server.notifications.health import Health


class ModemListener:
    """Everything it is told is in the ledger when it returns; `LedgerUnavailable` where it could not be."""

    def __init__(self, actions: Actions, health: Health) -> None:
        self._actions, self._health = actions, health

    def texted(self, text: Texted) -> None:
        self._actions.answer_sms(Text(sender=text.sender, body=text.body, id=text.id, by=MODEM))

    def reported(self, reported: Reported) -> None:
        self._actions.report(reported)

    def failed(self, kind: str, trouble: str) -> None:
        self._health.failed(kind, trouble, for_everybody=True)

    def works(self, kind: str) -> None:
        self._health.works(kind)
