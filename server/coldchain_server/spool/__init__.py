"""The spool: what has arrived, durable on the server's disk, until both the store and judging are past it."""
