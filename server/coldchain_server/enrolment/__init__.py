"""Enrolment: which devices may speak, with which password, on which topics."""
