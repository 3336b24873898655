"""Three invented cooperatives and what happened at them, written into a real ledger, store and spool."""
