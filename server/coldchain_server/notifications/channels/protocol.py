"""What every channel does."""

from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is told to whom.

    `id` and `title` stay the same however often it is sent; channels for short texts drop the title. `language` is
    the one `text` is in, which a gateway that speaks it must know.
    """

    to: str
    title: str
    text: str
    id: str = ""
    language: str = "fr"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said to a message it took.

    `reference` is its own name for the message, under which a report of what became of it may come; empty: none will.
    """

    said: str
    reference: str = ""


class Channel(Protocol):
    """One way to one person. Any thread may use it, one message at a time."""

    @property
    def kind(self) -> str:
        """Return what may be shown of the address: its scheme."""
        ...

    @property
    def once(self) -> bool:
        """Whether a message that is handed over again with the same `id` is delivered once all the same."""
        ...

    def tell(self, message: Message) -> Outcome:
        """Hand over one message within the channel's timeouts and return what the other side said.

        Raises `ChannelFailed`, and nothing else, where it was not taken; its text holds no address.
        """
        ...
