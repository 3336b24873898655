"""What pages may read. The one reading door between pages and server."""
