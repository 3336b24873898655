"""The news that a message tells: one transition of one incident, with the names people know its place by."""

import enum

import msgspec

from coldchain_judgement.advice import Advice, advise
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.milk import MilkSaid, for_nobody, time_left


class Change(enum.Enum):
    """What people may hear of an incident: what became of it, and what is said because nobody has answered."""

    OPENED = "open"
    REOPENED = "reopened"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    PAST = "past"  # it was over before anybody knew: one summary
    OUTAGE = "outage"  # one message for many sites that fell silent together
    HELD_BACK = "held-back"  # told after others of the hour had been held back


_NOT_OF_MILK = frozenset(
    {
        Why.SILENT,
        Why.PROBE_FAULT,
        Why.JUMP,
        Why.STUCK,
        Why.TOO_SMALL,
        Why.POWER_LOST,
        Why.OUTAGE,
        Why.SITE_SILENT,
        Why.CHANNEL_DEAD,
        Why.TIME_LEFT,  # of milk, but nothing can be done about it at night
    }
)


class Daily(enum.Enum):
    """What people hear day by day, of no incident."""

    HEARTBEAT = "heartbeat"  # an SMS that tries the whole way to a site
    GOOD_NEWS = "good-news"  # all was known, and within its limits, that night


Kind = Change | Daily
"""Every kind of message there is."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """`since_ms` is when what is said began: the breach, or its end. `why` None: a reason this version knows not.

    `unit` is None of what is wrong with a whole site, or several.

    `by_hand` is of a probe that measures nothing by itself. `withdrawn` is an incident that is resolved because nobody
    judges it any more: no word that anything is over. `sites` is how many sites it is about, of which `site` is one;
    `held` how many other messages to this person were held back.

    `good_until_ms` is until when its milk was good at worst when that was found, None where nobody could say; `milk` is
    what is said of the milk in its unit as it is now, None where nobody knows of any.
    """

    incident: int
    change: Change
    why: Why | None
    level: Level
    site: Site
    unit: Unit | None
    since_ms: int
    withdrawn: bool = False
    by_hand: bool = False
    sites: int = 1
    held: int = 0
    good_until_ms: int | None = None
    milk: MilkSaid | None = None

    @property
    def hot(self) -> bool:
        """Whether the unit heats milk."""
        return self.unit is not None and self.unit.kind is UnitKind.PASTEURISER

    @property
    def critical_milk(self) -> bool:
        """Whether it is of milk that may spoil, and not of what is not known about it."""
        return self.level is Level.CRITICAL and self.why not in _NOT_OF_MILK


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand by now with the incident that a piece of news is of."""

    over: bool = False
    answered: bool = False  # somebody handles it
    covered: bool = False  # muted, or explained by a larger cause
    worse_since: bool = False  # it has opened again at a higher level, which is news of its own
    same_before: bool = False  # an earlier incident of the unit goes on that says the same
    same_goes_on: bool = False  # any other incident of the unit goes on that says the same


_OVER = (Change.RESOLVED, Change.PAST)
_WARMED = frozenset({"too-warm", "warm-too-long", "cools-slowly", "blend-too-warm"})


def advice_on(news: News, *, now_ms: int) -> Advice:
    """Return what to do about `news` at `now_ms`.

    What is over needs nothing done, save where milk has been critically warm: cold again, it is tested all the same.
    A past breach is a summary; milk that it left behind is news of its own. No test is offered for milk that is past
    its time.
    """
    local = news.site.local(now_ms).time()
    if news.why is Why.TIME_LEFT and news.change not in _OVER:
        return time_left(news.level, news.good_until_ms, news.milk, site=news.site, now_ms=now_ms)
    why = news.why or Why.PROBE_FAULT
    warmed = why.value in _WARMED and news.level is Level.CRITICAL and not news.hot
    if news.change in _OVER and not (warmed and news.change is Change.RESOLVED):
        why = Why.WITHIN
    advice = advise(
        why, news.level, hot=news.hot, local=local, in_curfew=news.site.in_curfew(local), by_hand=news.by_hand
    )
    return for_nobody(advice, news.milk)
