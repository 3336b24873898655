"""Errors of notifications."""

from coldchain_server.errors import ServerError


class ChannelFailed(ServerError):
    """A channel did not take a message. The text never holds its address: that has secrets and numbers in it."""

    again = True
