"""The modem as a stage: what came in, what became of what went out, and whether it lives."""
