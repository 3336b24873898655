"""Two boxes that speak under one device's name: a cloned card, or a `device.toml` copied to a second box."""

import enum

import msgspec

from coldchain_contract.messages import Status

QUIET_MS = 3 * 3600 * 1000
"""How long after the last sign of a second box it is taken to be over; a status comes every hour."""

_REMEMBERED = 8


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """One boot of one outbox, and how long that boot had lasted when it was last heard."""

    boot_id: str
    outbox: str
    uptime_s: int

    def is_same(self, other: "Voice") -> bool:
        return (self.boot_id, self.outbox) == (other.boot_id, other.outbox)


class Voices(msgspec.Struct, frozen=True, kw_only=True):
    """Who lately spoke under one name, the last first, and when one was last heard to speak on after another."""

    heard: tuple[Voice, ...] = ()
    crossed_ms: int | None = None


class Change(enum.Enum):
    """What one status changes about the finding that two boxes share a name."""

    NONE = "none"
    BEGAN = "began"
    GOES_ON = "goes-on"
    ENDED = "ended"


def listen(before: Voices, status: Status, *, at_ms: int) -> tuple[Voices, Change]:
    """Return who has spoken once `status` was heard at `at_ms`, and what that shows.

    A box that restarts, or is given another card, falls silent for good as the boot it was. So when a boot speaks on,
    with a longer uptime, after another one was heard, both are up at once. A status that comes again, even late and
    out of order, has no longer uptime and shows nothing.
    """
    voice = Voice(boot_id=status.boot_id, outbox=status.outbox, uptime_s=status.uptime_s)
    if not (voice.boot_id and voice.outbox):
        return before, Change.NONE
    known = next((one for one in before.heard if one.is_same(voice)), None)
    if known is not None and voice.uptime_s <= known.uptime_s:
        return before, Change.NONE
    crossed = known is not None and not before.heard[0].is_same(voice)
    others = tuple(one for one in before.heard if not one.is_same(voice))
    after = Voices(heard=(voice, *others)[:_REMEMBERED], crossed_ms=at_ms if crossed else before.crossed_ms)
    return _settled(before, after, crossed=crossed, at_ms=at_ms)


def _settled(before: Voices, after: Voices, *, crossed: bool, at_ms: int) -> tuple[Voices, Change]:
    going_on = before.crossed_ms is not None
    if crossed:
        return after, Change.GOES_ON if going_on else Change.BEGAN
    if going_on and before.crossed_ms is not None and at_ms - before.crossed_ms >= QUIET_MS:
        return msgspec.structs.replace(after, crossed_ms=None), Change.ENDED
    return after, Change.NONE
