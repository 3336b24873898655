"""A site's own time of day."""

from datetime import datetime, time, tzinfo

from coldchain_contract.clock import utc


def local(at_ms: int, zone: tzinfo) -> datetime:
    """Return an instant as the clocks of `zone` show it."""
    return utc(at_ms).astimezone(zone)


def local_time(at_ms: int, zone: tzinfo) -> time:
    """Return the time of day that the clocks of `zone` show at an instant."""
    return local(at_ms, zone).time()
