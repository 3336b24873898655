"""Errors of reading sources."""

from coldchain_server.errors import ServerError


class NotUnderstood(ServerError):
    """A message, file or text from elsewhere that is not what it should be; the error says what it is instead."""
