"""When a message is sent, tried again or given up: the one place that says so. Pure."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_server.notifications.news import Change, News, Standing
from coldchain_server.notifications.recipients import Hearing, curfew_end_ms
from coldchain_server.notifications.settings import NotificationSettings


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a message that is due: send it, wait until `wait_until_ms`, or give it up for a reason."""

    wait_until_ms: int | None = None
    give_up: str = ""


def move_for(news: News, *, standing: Standing, created_ms: int, now_ms: int, settings: NotificationSettings) -> Move:
    """Return what to do now with a message made at `created_ms`.

    A warning is sent outside the curfew only. What is over is not told as if it still were.
    """
    if news.change is Change.OPENED and standing.worse_since:
        return Move(give_up=Hearing.WORSE_SINCE.value)
    if news.change is Change.OPENED and standing.over and not standing.same_goes_on:
        return Move(give_up=Hearing.OVER_BEFORE_TOLD.value)
    if now_ms > expiry_ms(news, created_ms=created_ms, settings=settings):
        return Move(give_up="it could not be told in time")
    open_again_ms = curfew_end_ms(news.site, now_ms)
    if news.level is Level.WARNING and open_again_ms > now_ms:
        return Move(wait_until_ms=open_again_ms)
    return Move()


def expiry_ms(news: News, *, created_ms: int, settings: NotificationSettings) -> int:
    """Return when a message is given up; a warning made in a curfew counts from the end of that."""
    from_ms = created_ms if news.level is Level.CRITICAL else curfew_end_ms(news.site, created_ms)
    return from_ms + expires_s(settings, news.level) * 1000


def expires_s(settings: NotificationSettings, level: Level) -> int:
    """Return how long a message of this level is worth telling."""
    return settings.critical_expires_s if level is Level.CRITICAL else settings.warning_expires_s


def wait_s(settings: NotificationSettings, *, attempts: int) -> int:
    """Return how long to wait after the `attempts`-th failure: doubling, up to the longest."""
    doublings = min(attempts - 1, 30)
    return min(settings.first_retry_s << doublings, settings.longest_retry_s)
