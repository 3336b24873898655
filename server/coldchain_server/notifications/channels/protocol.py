"""What every channel does."""

from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is told to whom. `title` stays the same however often it is sent; channels for short texts drop it."""

    to: str
    title: str
    text: str


class Channel(Protocol):
    """One way to one person. Any thread may use it, one message at a time."""

    def tell(self, message: Message) -> str:
        """Hand over one message within the channel's timeouts and return what the other side said.

        Raises `ChannelFailed`, and nothing else, where it was not taken; its text holds no address.
        """
        ...
