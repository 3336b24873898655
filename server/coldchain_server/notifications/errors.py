"""Errors of notifications."""

from coldchain_server.errors import ServerError


class ChannelFailed(ServerError):
    """A channel did not take a message. The text never holds its address: that has secrets and numbers in it.

    `permanent` says that the same message to the same address fails until a person changes something.
    """

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.again = not permanent
