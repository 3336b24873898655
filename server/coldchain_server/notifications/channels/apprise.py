"""Everything Apprise speaks to: SMS services, e-mail, Telegram, ntfy, web hooks and many more."""

import re
from typing import Any

from apprise import Apprise, NotifyFormat

from coldchain_server.fleet.addresses import kind_of, plugin_of
from coldchain_server.notifications.channels.protocol import Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed

_ANSWERED = re.compile(r"error=(\d{3})\b")
_FOR_GOOD = frozenset({401, 403, 404, 410})
"""HTTP answers after which the same address will be refused again: who asks, or what is asked, is not known there."""
_NOT_REACHED = re.compile(r"connection error|timed? ?out|refused", re.IGNORECASE)


class AppriseChannel:
    """One Apprise address. The timeouts hold for each connection; `cto` and `rto` in the address win over them."""

    once = False

    def __init__(self, address: str, *, connect_timeout_s: float, answer_timeout_s: float) -> None:
        self._address, self.kind = address, kind_of(address)
        self._connect_timeout_s, self._answer_timeout_s = connect_timeout_s, answer_timeout_s

    def tell(self, message: Message) -> Outcome:
        plugin = self._plugin()
        apprise = Apprise()
        apprise.add(plugin)
        # A service without titles would put the title before the text, and make two SMS of one.
        title = message.title if plugin.title_maxlen > 0 else ""
        try:
            result: Any = apprise.notify(body=message.text, title=title, body_format=NotifyFormat.TEXT)
        except Exception as error:  # 170 plugins raise what they like; one must not stop the others
            raise ChannelFailed(f"{self.kind}: {type(error).__name__}") from error
        if not result:
            raise _failure(self.kind, result)
        return Outcome(said="taken")

    def _plugin(self) -> Any:
        plugin = plugin_of(self._address)
        if plugin is None:
            raise ChannelFailed(f"{self.kind}: the address is not complete; see check-config", permanent=True)
        if "cto=" not in self._address:
            plugin.socket_connect_timeout = self._connect_timeout_s
        if "rto=" not in self._address:
            plugin.socket_read_timeout = self._answer_timeout_s
        return plugin


def _failure(kind: str, result: Any) -> ChannelFailed:
    """Return why it failed, from Apprise's log of the attempt, of which nothing but numbers may be shown."""
    said = " ".join(entry.message for one in getattr(result, "results", ()) for entry in one.logs())
    if answered := _ANSWERED.search(said):
        status = int(answered[1])
        return ChannelFailed(f"{kind}: the other side answered {status}", permanent=status in _FOR_GOOD)
    if _NOT_REACHED.search(said):
        return ChannelFailed(f"{kind}: the other side was not reached")
    return ChannelFailed(f"{kind}: the other side did not take it")
