"""Channels: one file each; adding one is a file and a line here."""

from coldchain_server.fleet.addresses import CONSOLE, kind_of
from coldchain_server.notifications.channels.apprise import AppriseChannel
from coldchain_server.notifications.channels.console import ConsoleChannel
from coldchain_server.notifications.channels.protocol import Channel, Message, Outcome
from coldchain_server.notifications.settings import NotificationSettings

__all__ = ["Channel", "Message", "Outcome", "open_channel"]


def open_channel(address: str, settings: NotificationSettings) -> Channel:
    """Return the channel behind an address of a contact."""
    if kind_of(address) == CONSOLE:
        return ConsoleChannel()
    return AppriseChannel(
        address, connect_timeout_s=settings.connect_timeout_s, answer_timeout_s=settings.answer_timeout_s
    )
