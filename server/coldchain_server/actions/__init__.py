"""What pages may change. The one writing door between pages and server."""

from coldchain_server.actions.door import Actions

__all__ = ["Actions"]
