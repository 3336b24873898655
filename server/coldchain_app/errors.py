"""Errors of putting the server together."""

from coldchain_server.errors import ServerError


class AddressRefused(ServerError):
    """The pages cannot listen where the settings say; the message names the address and what to change."""
