"""Errors of notifications."""

from coldchain_server.errors import ServerError


class ChannelFailed(ServerError):
    """A channel did not take a message. The text never holds its address: that has secrets and numbers in it.

    `permanent` says that this address is refused until a person changes it; `gateway`, that not the address is at
    fault but the gateway behind it, for everybody whom it would have told.
    """

    def __init__(self, text: str, *, permanent: bool = False, gateway: bool = False) -> None:
        super().__init__(text)
        self.permanent, self.gateway = permanent, gateway
        self.again = not permanent
