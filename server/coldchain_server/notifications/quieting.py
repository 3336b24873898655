"""Until when a message waits because people sleep, or must not go out. Pure."""

import enum
from collections.abc import Iterator
from datetime import datetime, time, timedelta

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Contact, Hours, Site
from coldchain_server.notifications.news import Change, News

_DAY_MS = 86_400_000
_NIGHT = Hours(start=time(21), end=time(5))
"""When people sleep, of whom nobody has said."""


class Quiet(enum.Enum):
    """Why a message waits, or does not."""

    URGENT = "critical milk is told at any hour"
    NOBODY_SLEEPS = "it is neither curfew nor quiet hours"
    NIGHT = "nothing can be done at night about the time that milk has left"
    CURFEW = "a warning waits for the end of the curfew"
    SITE = "it waits for the end of the site's quiet hours"
    PERSON = "it waits for the end of the person's quiet hours"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """When a message may leave, and why not before."""

    until_ms: int
    why: Quiet


def wait_of(news: News, contact: Contact, *, now_ms: int) -> Wait:
    """Return when `contact` may be told `news`.

    Critical milk waits for nothing, unless it is over and was never told; what else is critical waits for quiet hours
    alone, and the time that milk has left too: it is boiled at home. Hours that leave no minute of the day to tell
    anything in are not kept beyond one day.
    """
    if news.critical_milk and news.change is not Change.PAST:
        return Wait(until_ms=now_ms, why=Quiet.URGENT)
    at_ms, why = now_ms, Quiet.NOBODY_SLEEPS
    while at_ms < now_ms + _DAY_MS:
        ends = [
            (end_ms, reason) for reason, hours in _hours(news, contact) if (end_ms := _end(hours, news, at_ms)) > at_ms
        ]
        if not ends:
            break
        at_ms, why = max(ends, key=lambda one: one[0])
    return Wait(until_ms=at_ms, why=why)


def curfew_end_ms(site: Site, now_ms: int) -> int:
    """Return when the site's curfew ends, `now_ms` itself where there is none now."""
    if site.curfew_from is None or site.curfew_to is None:
        return now_ms
    return _hours_end(Hours(start=site.curfew_from, end=site.curfew_to), site, now_ms)


def _hours(news: News, contact: Contact) -> Iterator[tuple[Quiet, Hours]]:
    site = news.site
    runs_out = news.why is Why.TIME_LEFT
    urgent = (news.level is Level.CRITICAL or runs_out) and news.change is not Change.PAST
    if not urgent and site.curfew_from is not None and site.curfew_to is not None:
        yield Quiet.CURFEW, Hours(start=site.curfew_from, end=site.curfew_to)
    if site.quiet is not None:
        yield Quiet.SITE, site.quiet
    elif runs_out:
        yield Quiet.NIGHT, _NIGHT
    if contact.quiet is not None:
        yield Quiet.PERSON, contact.quiet


def _end(hours: Hours, news: News, at_ms: int) -> int:
    return _hours_end(hours, news.site, at_ms)


def _hours_end(hours: Hours, site: Site, at_ms: int) -> int:
    """Return when hours that hold at an instant end, the instant itself where they do not hold."""
    local = site.local(at_ms)
    if not hours.holds(local.time()):
        return at_ms
    days = 0 if local.time() < hours.end else 1
    return milliseconds(datetime.combine(local.date() + timedelta(days=days), hours.end, site.zone))
