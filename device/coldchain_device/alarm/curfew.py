"""The curfew as the box keeps to it: inside it, or while the time is not known, it is quiet. Pure."""

from datetime import time
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.clock import utc


class Curfew(msgspec.Struct, frozen=True, kw_only=True):
    """Every day from `starts` until before `ends` by the clocks of `zone`, IANA's name; may span midnight.

    Where it ends as it starts, there is none.
    """

    zone: str
    starts: time
    ends: time


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """What the box goes by now: the local time, None where nobody knows it, and whether a curfew is to be kept."""

    local: time | None
    quiet: bool


def hour_of(curfew: Curfew, now_ms: int | None) -> Hour:
    """Return the hour at an instant, None for one that is not known: then, and in a zone that this machine does not
    know, it is taken to be inside the curfew, because a box that is too quiet still has its light."""
    zone = zone_of(curfew.zone)
    local = None if now_ms is None or zone is None else utc(now_ms).astimezone(zone).time()
    if curfew.starts == curfew.ends:
        return Hour(local=local, quiet=False)
    return Hour(local=local, quiet=local is None or _within(local, curfew))


def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone by IANA's name; None where the machine's tables have none of that name."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfo raises any of them, by what is wrong with the name
        return None


def _within(local: time, curfew: Curfew) -> bool:
    if curfew.starts < curfew.ends:
        return curfew.starts <= local < curfew.ends
    return local >= curfew.starts or local < curfew.ends
