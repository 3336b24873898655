"""The server: ingest to spool to store, and judging to incidents to notifications, beside it."""
