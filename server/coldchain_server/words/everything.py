"""Everything that may ever have to be said of a unit, so that a language is tried on all of it before it is used."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.milk import MilkSaid
from coldchain_server.notifications.news import Change, News

_DAY = datetime(2026, 9, 28, tzinfo=UTC)
_HOURS = (1, 7, 12, 17, 22)
_AGE_H_AND_HELD = ((0, 0), (20, 0), (26, 12), (60, 0))
_LEFT_H = (None, -1, 1, 6, 20)
_MANY_SITES = 30

SHORT_NAMES = ("Frigo 2", "Ménaka")
LONGEST_NAMES = ("Réfrigérateur solaire de la laiterie nor", "Coopérative des femmes de Ménaka-centre.")
"""Names of a unit and a site, as long as the fleet file lets them be."""


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Something to say, and when."""

    news: News
    now_ms: int


def every_occasion(unit: str, site: str) -> Iterator[Occasion]:
    """Yield every reason × level × change × kind of unit × hour × age, some with others held back, some by hand.

    The site's curfew is from 20:00 to 06:00. Milk whose time runs out is told with each length of what is left of it;
    and of what has just begun is told with milk that is to be boiled, and with milk that is for nobody.
    """
    space = product([*Why, None], Level, Change, (UnitKind.COOLER, UnitKind.PASTEURISER), _HOURS, _AGE_H_AND_HELD)
    for why, level, change, kind, hour, (age_h, held) in space:
        now = _DAY + timedelta(hours=hour, minutes=40)
        news = News(
            incident=7,
            change=change,
            why=why,
            level=level,
            site=_site(site),
            unit=None if _at_large(why, change) else _unit(unit, kind),
            since_ms=milliseconds(now - timedelta(hours=age_h)),
            held=held,
            sites=_MANY_SITES if change is Change.OUTAGE else 1,
            by_hand=why is Why.SILENT and age_h == 0,
        )
        for left_h in _LEFT_H if why is Why.TIME_LEFT else (None,):
            until_ms = None if left_h is None else milliseconds(now + timedelta(hours=left_h))
            for milk in _milks(news, now) if not age_h else (None,):
                told = msgspec.structs.replace(news, good_until_ms=until_ms, milk=milk)
                yield Occasion(news=told, now_ms=milliseconds(now))


def _milks(news: News, now: datetime) -> Iterator[MilkSaid | None]:
    yield None
    if news.unit is not None and not news.hot:
        stay = news.site.in_curfew(now.time())
        for action in (Action.KEEP_CLOSED, Action.NOT_FOR_DRINKING):
            advice = Advice(action=action, when=When.NOW, stay_inside=stay)
            yield MilkSaid(advice=advice, boils=action is Action.KEEP_CLOSED)


def _at_large(why: Why | None, change: Change) -> bool:
    """Whether it is of a whole site, or of several."""
    return change is Change.OUTAGE or why in (Why.OUTAGE, Why.SITE_SILENT, Why.CHANNEL_DEAD)


def _unit(name: str, kind: UnitKind) -> Unit:
    return Unit(id=UnitId("menaka-2"), site=SiteId("menaka"), name=name, kind=kind, profile="daily")


def _site(name: str) -> Site:
    return Site(id=SiteId("menaka"), name=name, zone=ZoneInfo("Africa/Bamako"), curfew_from=time(20), curfew_to=time(6))
