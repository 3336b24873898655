"""Misfortune at the running chain: what is promised is held against the simulator's own log."""
