"""Invented fleets, worlds and values that tests of several parts share."""
