"""What is known of the time within one boot, and what becomes of it when somebody says something else. Pure."""

import enum
import math

import msgspec

DRIFT = 100e-6
"""How far a Pi's oscillator may run off: twice what its crystal promises (±30 ppm and the heat of a box in the sun)."""
AGREE_MS = 2_000
"""What two words on the time may differ by, beyond their own bounds, and still be the same word."""
EXACT_MS = 1_000
"""The contract's ±1 s: an instant that is at most so far off is not marked."""
FINEST_MS = 100
"""Instants are told in tenths of a second: a conversion of the probe takes 750 ms, and packs are a fifth smaller."""
FITTED_MS = 120_000
"""How far off a fitted clock may be and still be one: a DS3231 loses 2 ppm, ten months without network are 52 s."""


class Source(enum.IntEnum):
    """Who said what time it is. The numbers are kept in the outbox; 0 there is nobody."""

    SERVER = 1  # or a clock that a run declares: what was checked against the server
    NTP = 2  # the system's clock, which says that it was synchronized
    FITTED = 3  # a clock with a battery, or the mobile network: right or an hour off
    DISPUTED = 4  # the server, once, and a synchronized clock says otherwise


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """When this boot began, in wall time: at most `uncertainty_ms` off, as learnt at `uptime_ms`."""

    began_ms: int
    uncertainty_ms: int
    uptime_ms: int
    source: Source

    def uncertainty_at(self, uptime_ms: int) -> int:
        """Return how far off an instant of that uptime may be: more, the longer ago it was learnt."""
        return self.uncertainty_ms + drifted_ms(uptime_ms - self.uptime_ms)

    def corrects(self, before: "Known") -> bool:
        """Whether what was dated by `before`, or could not be, must be looked at anew."""
        off_ms = abs(self.began_ms - before.began_ms)
        is_first_check = self.source is Source.SERVER is not before.source
        return is_first_check or off_ms > before.uncertainty_at(self.uptime_ms) + AGREE_MS

    def differs_ms(self, other: "Known") -> int:
        """Return by how much this contradicts `other`: 0 where both may be right."""
        apart = abs(self.began_ms - other.began_ms)
        allowed = self.uncertainty_ms + other.uncertainty_at(self.uptime_ms) + AGREE_MS
        return apart if apart > allowed else 0


class Certain(msgspec.Struct, frozen=True, kw_only=True):
    """Between which instants it is now, for certain; `latest_ms` None where nobody knows."""

    earliest_ms: int
    latest_ms: int | None


def rounded_ms(at_ms: int) -> int:
    """Return an instant as readings carry it."""
    return (at_ms + FINEST_MS // 2) // FINEST_MS * FINEST_MS


def drifted_ms(span_ms: int) -> int:
    """Return how far the uptime may have run off in a span."""
    return math.ceil(abs(span_ms) * DRIFT)


def marked_ms(uncertainty_ms: int) -> int:
    """Return the mark of an uncertainty, the instant's rounding included: 0 up to a second, else whole seconds, up to
    an eighth more.

    Few different marks, because a pack has one: readings that drift by milliseconds still share a pack.
    """
    if uncertainty_ms + FINEST_MS <= EXACT_MS:
        return 0
    seconds = -(-(uncertainty_ms + FINEST_MS) // 1000)
    step = 1 << max(0, seconds.bit_length() - 4)
    return -(-seconds // step) * step * 1000


def told_by_server(before: Known | None, server: Known) -> Known:
    """Return what is known once the server has said its time.

    Where both may be right, what both allow. Where they contradict each other the server wins, because all readings of
    a site are stored by its clock; until it has said so once more, the bounds hold whoever was right.
    """
    if before is None or before.source is Source.FITTED:
        return server
    apart = server.differs_ms(before)
    if apart:
        return msgspec.structs.replace(server, uncertainty_ms=server.uncertainty_ms + apart, source=Source.DISPUTED)
    before_uncertain = before.uncertainty_at(server.uptime_ms)
    earliest = max(before.began_ms - before_uncertain, server.began_ms - server.uncertainty_ms)
    latest = min(before.began_ms + before_uncertain, server.began_ms + server.uncertainty_ms)
    if earliest > latest:
        return server
    return msgspec.structs.replace(
        server, began_ms=(earliest + latest) // 2, uncertainty_ms=(latest - earliest + 1) // 2
    )


def told_by_ntp(before: Known | None, ntp: Known) -> Known:
    """Return what is known once the system's clock says that it was synchronized: what contradicts the server is not
    believed, anything else is, and stays checked where it was."""
    if before is None or before.source in (Source.NTP, Source.FITTED):
        return ntp
    if before.source is Source.DISPUTED or ntp.differs_ms(before):
        return before
    return msgspec.structs.replace(ntp, source=Source.SERVER)
