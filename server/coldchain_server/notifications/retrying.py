"""When a message is sent, tried again or given up: the one place that says so. Pure."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_server.fleet.model import Contact
from coldchain_server.notifications.news import Change, News, Standing
from coldchain_server.notifications.quieting import wait_of
from coldchain_server.notifications.recipients import Hearing, silence_of_opened
from coldchain_server.notifications.settings import NotificationSettings

_GOES_ON = (Change.OPENED, Change.REOPENED, Change.OUTAGE, Change.ESCALATION, Change.REMINDER)
IN_VAIN = "it could not be told in time"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is due: to whom, when it was made, and whether they were told by another channel meanwhile."""

    contact: Contact
    created_ms: int
    told_otherwise: bool = False


def given_up(news: News, trial: Trial, *, standing: Standing, now_ms: int, settings: NotificationSettings) -> str:
    """Return why a message that is due is of no use any more; empty: it is sent.

    What is over, or answered, is not told as if nobody had.
    """
    if trial.told_otherwise:
        return Hearing.TOLD_OTHERWISE.value
    if news.change in _GOES_ON:
        silence = silence_of_opened(standing)
        same = silence is Hearing.OVER_BEFORE_TOLD and standing.same_goes_on
        if silence is not None and not same:
            return silence.value
    if now_ms > expiry_ms(news, trial, settings):
        return IN_VAIN
    return ""


def expiry_ms(news: News, trial: Trial, settings: NotificationSettings) -> int:
    """Return when a message is given up; what had to wait when it was made counts from the end of that."""
    from_ms = wait_of(news, trial.contact, now_ms=trial.created_ms).until_ms
    return from_ms + expires_s(settings, news.level) * 1000


def expires_s(settings: NotificationSettings, level: Level) -> int:
    """Return how long a message of this level is worth telling."""
    return settings.critical_expires_s if level is Level.CRITICAL else settings.warning_expires_s


def wait_s(settings: NotificationSettings, *, attempts: int) -> int:
    """Return how long to wait after the `attempts`-th failure: doubling, up to the longest."""
    doublings = min(attempts - 1, 30)
    return min(settings.first_retry_s << doublings, settings.longest_retry_s)
