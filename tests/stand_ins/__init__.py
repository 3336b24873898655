"""Strict stand-ins for servers that cannot be run here: each behaviour names the source version it follows."""
