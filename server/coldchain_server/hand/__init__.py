"""Readings by hand: kept in the ledger while they can be undone, then entered as any reading."""
