"""The text of a message: the place, what is wrong since when, and one action, in one SMS. Pure."""

from datetime import datetime

from coldchain_judgement.advice import Advice
from coldchain_server.notifications.catalogue import Catalogue, catalogue
from coldchain_server.notifications.news import Change, News, advice_on
from coldchain_server.notifications.sms import room_left, septets, spelt_in_gsm

_PARTS_OF_DAY = ((5, "night"), (12, "morning"), (18, "afternoon"), (24, "evening"))
_SHORTEST_NAME = 8


def message_text(news: News, language: str, *, now_ms: int) -> str:
    """Return what to tell about `news` at `now_ms`, in `language` and the site's local time; it fits one SMS."""
    words, advice = catalogue(language), advice_on(news, now_ms=now_ms)
    opened = news.change is Change.OPENED
    template = words.opened if opened else words.resolved
    what = _by_reason(words.wrong if opened else words.over, news)
    since = since_text(words, at=news.site.local(news.since_ms), now=news.site.local(now_ms))
    rest = template.format(place="{place}", wrong=what, over=what, since=since, action=_action(words, advice))
    return rest.format(place=_place(words, news, room=room_left(rest.format(place=""))))


def trial_text(name: str, language: str) -> str:
    """Return the message that tries a channel out."""
    words = catalogue(language).trial
    return words.format(name=_cut(spelt_in_gsm(name) or "?", room_left(words.format(name=""))))


def since_text(words: Catalogue, *, at: datetime, now: datetime) -> str:
    """Return a local instant as people say it: the part of the day, and the clock time to find it on a curve."""
    days = (now.date() - at.date()).days
    part = next(name for end, name in _PARTS_OF_DAY if at.hour < end)
    key = f"today-{part}" if days <= 0 else f"yesterday-{part}" if days == 1 else "earlier"
    return words.since[key].format(time=f"{at:%H:%M}", day=at.day, month=words.months[at.month])


def _by_reason(texts: dict[str, str], news: News) -> str:
    reason = news.why.value if news.why else "other"
    hot = texts.get(f"{reason}-hot") if news.hot else None
    return hot or texts.get(reason, texts["other"])


def _action(words: Catalogue, advice: Advice) -> str:
    text = words.action[advice.action].format(by=words.by[advice.when])
    return f"{text} {words.stay_inside}" if advice.stay_inside else text


def _place(words: Catalogue, news: News, *, room: int) -> str:
    """Name unit and site within `room` septets, the longer name giving way; an ID where a name has no GSM form."""
    unit = spelt_in_gsm(news.unit.name) or news.unit.id
    site = spelt_in_gsm(news.site.name) or news.site.id
    room -= septets(words.place.format(unit="", site="")) or 0
    for_site = max(room - (septets(unit) or 0), room // 2)
    site = _cut(site, max(for_site, _SHORTEST_NAME))
    return words.place.format(unit=_cut(unit, room - (septets(site) or 0)), site=site)


def _cut(name: str, room: int) -> str:
    """Shorten `name` to `room` septets; a full stop shows that it was."""
    if (septets(name) or 0) <= room:
        return name
    kept = name
    while kept and (septets(kept) or 0) > room - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}."
