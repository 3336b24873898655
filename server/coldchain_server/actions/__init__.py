"""What pages may change. The one writing door between pages and server."""
