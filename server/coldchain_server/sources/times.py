"""Times as others write them, made instants: with a zone or without one, as a text or as a number."""

from datetime import datetime
from zoneinfo import ZoneInfo

from coldchain_contract.clock import milliseconds
from coldchain_contract.pack import EARLIEST_MS, LATEST_MS
from coldchain_server.fleet.source import TimeUnit
from coldchain_server.sources.errors import NotUnderstood

_FACTOR = {TimeUnit.SECONDS: 1000, TimeUnit.MILLISECONDS: 1}


def instant_of(value: object, *, zone: ZoneInfo, unit: TimeUnit) -> int:
    """Return the instant that a message gives as its time: ISO 8601, in `zone` where it names none, or a number."""
    if isinstance(value, str):
        at_ms = _of_text(value, zone)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LATEST_MS:
        at_ms = round(value * _FACTOR[unit])
    else:
        raise NotUnderstood(f"its time is {str(value)[:40]!r}, neither a text nor a number of our days")
    if not EARLIEST_MS <= at_ms <= LATEST_MS:
        raise NotUnderstood(f"its time {str(value)[:40]!r} is not of our days")
    return at_ms


def local_instant(at: datetime, zone: ZoneInfo) -> int:
    """Return the instant at which the clocks of `zone` show `at`.

    Where clocks are put back, the hour that comes twice is taken as its first; where they are put forward, the hour
    that never comes is taken as if they had not been yet.
    """
    return milliseconds(at.replace(tzinfo=zone, fold=0))


def _of_text(text: str, zone: ZoneInfo) -> int:
    try:
        at = datetime.fromisoformat(text)
        return milliseconds(at) if at.tzinfo is not None else local_instant(at, zone)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(f"its time {text[:40]!r} is not ISO 8601, such as 2026-03-01T06:00:00Z") from error
