"""Who hears of what, and from when on. Pure; each decision has its reason."""

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_judgement.limits import Level
from coldchain_server.fleet.model import Contact, Role, Site
from coldchain_server.notifications.news import Change, News, Standing

_TOLD = frozenset({Role.COOPERATIVE, Role.TECHNICIAN})


class Hearing(enum.Enum):
    """Why some or no people hear of a piece of news."""

    AT_ONCE = "at once"
    AFTER_CURFEW = "a warning waits for the end of the curfew"
    ANSWERED = "somebody has answered; that is shown on the pages"
    SAME_CAUSE = "another incident of the unit goes on that says the same"
    WORSE_SINCE = "it has become worse since; that is told instead"
    WARNING_OVER = "that a warning is over is shown on the pages"
    OVER_BEFORE_TOLD = "it was over before anybody was told"
    OLD = "it is over, and too old to be news"
    WITHDRAWN = "nobody judges it any more, which says nothing of the milk; it is on the pages"
    NOBODY = "no cooperative or technician of the site is among the contacts"


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Who hears of it, from when on, and why they or nobody do."""

    contacts: tuple[Contact, ...]
    from_ms: int
    hearing: Hearing


def audience(
    news: News, contacts: Iterable[Contact], *, standing: Standing, learnt_ms: int, now_ms: int, expires_s: int
) -> Audience:
    """Return who hears of `news` at `now_ms`.

    What goes on is told once however late; what is over is told while it is news, and only where it was critical.
    """
    hearing = _silence(news, standing, age_s=(now_ms - learnt_ms) / 1000, expires_s=expires_s)
    told = tuple(one for one in contacts if one.role in _TOLD and news.site.id in one.sites)
    if hearing is None and not told:
        hearing = Hearing.NOBODY
    if hearing is not None:
        return Audience(contacts=(), from_ms=now_ms, hearing=hearing)
    from_ms = now_ms if news.level is Level.CRITICAL else curfew_end_ms(news.site, now_ms)
    return Audience(
        contacts=told, from_ms=from_ms, hearing=Hearing.AT_ONCE if from_ms == now_ms else Hearing.AFTER_CURFEW
    )


def curfew_end_ms(site: Site, now_ms: int) -> int:
    """Return when the site's curfew ends, `now_ms` itself where there is none now."""
    local = site.local(now_ms)
    if site.curfew_to is None or not site.in_curfew(local.time()):
        return now_ms
    days = 0 if local.time() < site.curfew_to else 1
    return milliseconds(datetime.combine(local.date() + timedelta(days=days), site.curfew_to, site.zone))


def _silence(news: News, standing: Standing, *, age_s: float, expires_s: int) -> Hearing | None:
    """Return why nobody needs to hear, or None."""
    if news.change is Change.ACKNOWLEDGED:
        return Hearing.ANSWERED
    if news.withdrawn:
        return Hearing.WITHDRAWN
    if news.change is Change.OPENED:
        return _silence_of_opened(standing)
    if standing.same_goes_on:
        return Hearing.SAME_CAUSE
    if news.level is not Level.CRITICAL:
        return Hearing.WARNING_OVER
    return Hearing.OLD if age_s > expires_s else None


def _silence_of_opened(standing: Standing) -> Hearing | None:
    if standing.worse_since:
        return Hearing.WORSE_SINCE
    if standing.same_before:
        return Hearing.SAME_CAUSE
    return Hearing.OVER_BEFORE_TOLD if standing.over else None
