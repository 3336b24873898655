"""The store writer: from the spool to the store, in batches."""
