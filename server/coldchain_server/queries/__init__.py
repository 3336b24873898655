"""What pages may read. The one reading door between pages and server."""

from coldchain_server.queries.curves import Span
from coldchain_server.queries.door import Queries

__all__ = ["Queries", "Span"]
