"""The text of a message: the place, what is wrong since when, and one action, in one SMS. Pure."""

from datetime import datetime
from functools import partial

from coldchain_judgement.advice import Advice
from coldchain_server.fleet.model import Site
from coldchain_server.notifications.catalogue import PACKAGED, Catalogue, Lexicon, Part
from coldchain_server.notifications.fitting import Names, cut_to, fitted
from coldchain_server.notifications.milk import MilkSaid, says_boil
from coldchain_server.notifications.news import Change, News, advice_on
from coldchain_server.notifications.sms import room_left, spelt_in_gsm

_PARTS_OF_DAY = ((5, "night"), (12, "morning"), (18, "afternoon"), (24, "evening"))


def message_text(news: News, language: str, *, now_ms: int, lexicon: Lexicon = PACKAGED) -> str:
    """Return what to tell about `news` at `now_ms`, in the site's local time; it fits one SMS.

    It is in `language` where all its texts may be used in it, else in French.
    """
    words, advice = lexicon.catalogue(language), advice_on(news, now_ms=now_ms)
    what, at, now = words[what_key(words, news)], news.site.local(news.since_ms), news.site.local(now_ms)
    boils = says_boil(advice, news.milk)

    def said(names: Names, *, since: str, boils: bool) -> str:
        place, action = _place(words, news, names), _action(words, advice, held=news.held, boils=boils)
        return words[f"message.{news.change.value}"].format(
            place=place, wrong=what, over=what, since=since, action=action
        )

    forms = [since_text(words, at=at, now=now), short_since_text(words, at=at, now=now)]
    return fitted(
        [partial(said, since=since, boils=also) for also in ((True, False) if boils else (False,)) for since in forms],
        Names(unit=news.unit.name if news.unit else "", site=news.site.name),
        instead=Names(unit=news.unit.id if news.unit else "", site=news.site.id),
    )


def trial_text(name: str, language: str, *, lexicon: Lexicon = PACKAGED) -> str:
    """Return the message that tries a channel out."""
    words = lexicon.catalogue(language, Part.NEWS)["news.trial"]
    return words.format(name=cut_to(spelt_in_gsm(name) or "?", room_left(words.format(name=""))))


def heartbeat_text(site: Site, language: str, *, now_ms: int, lexicon: Lexicon = PACKAGED) -> str:
    """Return the daily message that tries the whole way to a person."""
    words, local = lexicon.catalogue(language, Part.NEWS), site.local(now_ms)
    day = {"day": local.day, "month": words[f"months.{local.month}"]}
    return _of_site(site, words, words["news.heartbeat"], day, at=local)


def good_news_text(site: Site, language: str, *, now_ms: int, lexicon: Lexicon = PACKAGED) -> str:
    """Return what is said in the morning after a night in which every unit was known and within its limits."""
    words = lexicon.catalogue(language, Part.NEWS)
    return _of_site(site, words, words["news.good-news"], {}, at=site.local(now_ms))


def since_text(words: Catalogue, *, at: datetime, now: datetime) -> str:
    """Return a local instant as people say it: the part of the day, and the clock time to find it on a curve."""
    text = words[f"since.{since_part(at=at, now=now)}"]
    return text.format(time=f"{at:%H:%M}", day=at.day, month=words[f"months.{at.month}"])


def short_since_text(words: Catalogue, *, at: datetime, now: datetime) -> str:
    """Return a local instant in the fewest letters: today by the clock alone, days ago by the day alone."""
    days = (now.date() - at.date()).days
    text = words[f"since.short-{'today' if days <= 0 else 'yesterday' if days == 1 else 'earlier'}"]
    return text.format(time=f"{at:%H:%M}", day=at.day, month=at.month)


def since_part(*, at: datetime, now: datetime) -> str:
    """Return which part of which day a local instant lies in: `today-night` … `yesterday-evening`, or `earlier`."""
    days = (now.date() - at.date()).days
    part = next(name for end, name in _PARTS_OF_DAY if at.hour < end)
    return f"today-{part}" if days <= 0 else f"yesterday-{part}" if days == 1 else "earlier"


def what_key(words: Catalogue, news: News) -> str:
    """Return the key of what is said to be wrong, or over."""
    table = "over" if news.change is Change.RESOLVED else "wrong"
    reason = news.why.value if news.why else "other"
    keys = (f"{table}.{reason}-hot", f"{table}.{reason}")
    return next((key for key in keys[not news.hot :] if key in words.texts), f"{table}.other")


def action_text(words: Catalogue, advice: Advice, *, milk: MilkSaid | None = None) -> str:
    """Return what to do, by when, and to boil milk that is drunk; inside a curfew ending with "do not go out"."""
    return _action(words, advice, held=0, boils=says_boil(advice, milk))


def _of_site(site: Site, words: Catalogue, text: str, values: dict[str, object], *, at: datetime) -> str:
    ending = f" {words['stay-inside']}" if site.in_curfew(at.time()) else ""
    return fitted(
        [lambda names: text.format(site=names.site, **values) + ending],
        Names(unit="", site=site.name),
        instead=Names(unit="", site=site.id),
    )


def _action(words: Catalogue, advice: Advice, *, held: int, boils: bool) -> str:
    said = [words[f"action.{advice.action.value}"].format(by=words[f"by.{advice.when.value}"])]
    if boils:
        said.append(words["message.boil"])
    if held:
        said.append(words["message.held"].format(held=held))
    if advice.stay_inside:
        said.append(words["stay-inside"])
    return " ".join(said)


def _place(words: Catalogue, news: News, names: Names) -> str:
    if news.sites > 1:
        return words["place.sites"].format(sites=news.sites, site=names.site)
    if news.unit is None:
        return words["place.site"].format(site=names.site)
    return words["place.unit"].format(unit=names.unit, site=names.site)
