"""Simulated coolers behind a 1-Wire tree, and replay of recorded files as if they were probes."""
