"""What is said aloud, as clips after each other: the place, what is wrong since when, what to do, by when. Pure."""

from collections.abc import Iterator

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.advice import Action, When
from coldchain_judgement.clips import Clip, Saying, clips_for, of_action, of_saying, of_unit, of_when
from coldchain_server.fleet.model import Fleet, Site
from coldchain_server.notifications.catalogue import FIRST, every_key, written
from coldchain_server.notifications.milk import says_boil
from coldchain_server.notifications.news import Change, News, advice_on
from coldchain_server.notifications.wording import since_part, what_key

CALL = tuple(Clip(key) for key in every_key() if key.startswith("call."))
"""What a call says besides its news: which keys there are, and what it answers to one."""

GOOD_NEWS = Clip("news.good-news")
_SAID = frozenset({Change.REOPENED, Change.ACKNOWLEDGED, Change.REMINDER, Change.ESCALATION, Change.PAST})
"""The changes that are said with words of their own."""


def of_site(site: SiteId) -> Clip:
    """Return the clip that names a site, as the people there call it."""
    return Clip(f"site.{site}")


def clips_of(news: News, *, now_ms: int) -> tuple[Clip, ...]:
    """Return the clips that say `news` at `now_ms`: with the advice of its text, and without clock times."""
    advice = advice_on(news, now_ms=now_ms)
    said = [of_site(news.site.id)] if news.unit is None else [of_unit(news.unit.id), of_site(news.site.id)]
    if news.change in _SAID:
        said.append(Clip(f"change.{news.change.value}"))
    part = since_part(at=news.site.local(news.since_ms), now=news.site.local(now_ms))
    said += [_of_text(what_key(written(FIRST), news)), Clip(f"since.{part}"), of_action(advice.action)]
    if advice.when is not When.NOW:
        said.append(of_when(advice.when))
    if says_boil(advice, news.milk):
        said.append(of_saying(Saying.BOIL_FIRST))
    return (*said, *_ending(stay_inside=advice.stay_inside))


def good_news_clips(site: Site, *, now_ms: int) -> tuple[Clip, ...]:
    """Return the clips of the morning's good news."""
    return (of_site(site.id), GOOD_NEWS, *_ending(stay_inside=site.in_curfew(site.local(now_ms).time())))


def wanted(fleet: Fleet) -> Iterator[Clip]:
    """Yield every clip that may be said of a fleet, by a box or in a call, each once."""
    yield from dict.fromkeys((*clips_for(fleet.units), *in_calls(fleet)))


def in_calls(fleet: Fleet) -> Iterator[Clip]:
    """Yield every clip that may be said of a fleet in a call."""
    yield from map(of_unit, fleet.units)
    yield from map(of_site, fleet.sites)
    yield from (_of_text(key) for key in every_key() if key.startswith(("wrong.", "over.")))
    yield from map(of_action, Action)
    yield from (of_when(when) for when in When if when is not When.NOW)
    yield from (Clip(f"change.{change.value}") for change in Change if change in _SAID)
    yield from (Clip(key) for key in every_key() if key.startswith("since.") and not key.startswith("since.short-"))
    yield from CALL
    yield GOOD_NEWS
    yield of_saying(Saying.BOIL_FIRST)
    yield of_saying(Saying.STAY_INSIDE)


def _of_text(key: str) -> Clip:
    """Return the clip of a text: what is wrong is called a why, as the box calls it."""
    table, _, name = key.partition(".")
    return Clip(f"why.{name}" if table == "wrong" else key)


def _ending(*, stay_inside: bool) -> tuple[Clip, ...]:
    return (of_saying(Saying.STAY_INSIDE),) if stay_inside else ()
