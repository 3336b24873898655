"""Judging: from the spool to verdicts, beside the store and never behind it."""
