"""Probes: finding them, reading each once a sample, and naming what is wrong when there is no value."""
