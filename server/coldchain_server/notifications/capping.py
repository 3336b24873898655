"""How many messages a person gets in an hour. Pure."""

import enum
from collections.abc import Sequence

import msgspec

from coldchain_server.notifications.news import Change, News

HOUR_MS = 3_600_000
_DANGER = (Change.OPENED, Change.REOPENED, Change.ESCALATION, Change.REMINDER)


class Cap(enum.Enum):
    """Why a message leaves, or is held back."""

    NEVER_HELD = "that milk is in danger is never held back"
    ROOM = "there were not so many in the last hour"
    FULL = "so many were told in the last hour already"


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """When there is room for a message to a person, and why."""

    from_ms: int
    why: Cap


def room_for(news: News | None, handed_ms: Sequence[int], *, now_ms: int, per_hour: int) -> Room:
    """Return when `news` may leave to who was handed messages at these instants; None is what is of no incident.

    Danger to milk is bounded otherwise: a unit has one incident of one cause, which is told once, comes back at most a
    stated number of times before it stays open, and is reminded of ever more rarely.
    """
    if news is not None and news.critical_milk and news.change in _DANGER:
        return Room(from_ms=now_ms, why=Cap.NEVER_HELD)
    lately = sorted(at_ms for at_ms in handed_ms if at_ms > now_ms - HOUR_MS)
    if len(lately) < per_hour:
        return Room(from_ms=now_ms, why=Cap.ROOM)
    return Room(from_ms=lately[len(lately) - per_hour] + HOUR_MS, why=Cap.FULL)
