"""What goes into the outbox and what comes out of it."""

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_device.clock import Stamp


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What one probe gave and when; the instant is not yet known where the stamp is not trusted."""

    probe: ProbeUrn
    value: float | None
    quality: Quality
    stamp: Stamp


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A reading in the outbox: its number never changes, nor does its instant once it is known."""

    sequence: int
    reading: Reading
    uncertainty_ms: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as it was taken, whether its instant is known (`at_ms`) or not."""

    sequence: int
    probe: ProbeUrn
    value: float | None
    quality: Quality
    boot_id: str
    uptime_ms: int
    at_ms: int | None


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How far the outbox reaches and what still waits in it; sequences 0 where it is empty."""

    lowest_sequence: int
    highest_sequence: int
    unconfirmed: int
    untimed: int
    oldest_unconfirmed_ms: int | None


BEGINNING, END = -(2**62), 2**62
"""Instants before and after all others."""
