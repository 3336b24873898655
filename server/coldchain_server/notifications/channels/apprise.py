"""Everything Apprise speaks to: SMS services, e-mail, Telegram, ntfy, web hooks and many more."""

import re
from typing import Any

from apprise import Apprise, NotifyFormat

from coldchain_server.fleet.addresses import kind_of, plugin_of
from coldchain_server.notifications.channels.protocol import Message
from coldchain_server.notifications.errors import ChannelFailed

_ANSWERED = re.compile(r"error=(\d{3})\b")
_NOT_REACHED = re.compile(r"connection error|timed? ?out|refused", re.IGNORECASE)


class AppriseChannel:
    """One Apprise address. The timeouts hold for each connection; `cto` and `rto` in the address win over them."""

    def __init__(self, address: str, *, connect_timeout_s: float, answer_timeout_s: float) -> None:
        self._address, self._kind = address, kind_of(address)
        self._connect_timeout_s, self._answer_timeout_s = connect_timeout_s, answer_timeout_s

    def tell(self, message: Message) -> str:
        plugin = self._plugin()
        apprise = Apprise()
        apprise.add(plugin)
        # A service without titles would put the title before the text, and make two SMS of one.
        title = message.title if plugin.title_maxlen > 0 else ""
        try:
            result: Any = apprise.notify(body=message.text, title=title, body_format=NotifyFormat.TEXT)
        except Exception as error:  # 170 plugins raise what they like; one must not stop the others
            raise ChannelFailed(f"{self._kind}: {type(error).__name__}") from error
        if not result:
            raise ChannelFailed(f"{self._kind}: {_reason(result)}")
        return "taken"

    def _plugin(self) -> Any:
        plugin = plugin_of(self._address)
        if plugin is None:
            raise ChannelFailed(f"{self._kind}: the address is not complete; see check-config")
        if "cto=" not in self._address:
            plugin.socket_connect_timeout = self._connect_timeout_s
        if "rto=" not in self._address:
            plugin.socket_read_timeout = self._answer_timeout_s
        return plugin


def _reason(result: Any) -> str:
    """Return why it failed, from Apprise's log of the attempt, of which nothing but numbers may be shown."""
    said = " ".join(entry.message for one in getattr(result, "results", ()) for entry in one.logs())
    if answered := _ANSWERED.search(said):
        return f"the other side answered {answered[1]}"
    return "the other side was not reached" if _NOT_REACHED.search(said) else "the other side did not take it"
