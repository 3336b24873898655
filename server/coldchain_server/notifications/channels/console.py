"""The console: messages appear in the server's own log, and nowhere else."""

import structlog

from coldchain_server.notifications.channels.protocol import Message

log = structlog.get_logger()


class ConsoleChannel:
    def tell(self, message: Message) -> str:
        log.info("message", to=message.to, text=message.text)
        return "shown"
