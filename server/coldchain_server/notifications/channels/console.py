"""The console: messages appear in the server's own log, and nowhere else."""

import structlog

from coldchain_server.fleet.addresses import CONSOLE
from coldchain_server.notifications.channels.protocol import Message, Outcome

log = structlog.get_logger()


class ConsoleChannel:
    kind, once = CONSOLE, False

    def tell(self, message: Message) -> Outcome:
        log.info("message", to=message.to, text=message.text)
        return Outcome(said="shown")
