"""What pages may change. The one writing door between pages and server."""

from coldchain_server.actions.door import Actions
from coldchain_server.asking.requests import Action

__all__ = ["Action", "Actions"]
