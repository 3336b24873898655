"""What is told of milk: as it is when a message leaves, and in no state of the milk anything that is forbidden."""

from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.milk.limits import ACT_NOW, deadline
from coldchain_judgement.milk.saying import say
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.answers.speaking import Speaking, UnitState
from coldchain_server.fleet.model import Fleet, Site, Unit, UnitKind
from coldchain_server.notifications.catalogue import WRITTEN, written
from coldchain_server.notifications.milk import MilkSaid
from coldchain_server.notifications.news import Change, News
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from coldchain_server.notifications.wording import message_text
from coldchain_server.words.forbidden import forbidden_in
from invented.incident_ledger import HOUR, NOON, Ledger
from invented.milk_states import moments
from servers.web_hook import WebHook

SETTINGS = NotificationSettings(connect_timeout_s=0.5, answer_timeout_s=0.5)
TESTED = MilkSaid(advice=Advice(action=Action.TEST_BEFORE_SELLING, when=When.NOW), boils=False)
BOIL, NOBODY = "Bouillez-le maintenant", "Ni boire, ni vendre, ni donner aux enfants."
SITE = Site(id=SiteId("menaka"), name="Ménaka", zone=ZoneInfo("Africa/Bamako"), curfew_from=time(20), curfew_to=time(6))
UNIT = Unit(id=UnitId("menaka-2"), site=SITE.id, name="Frigo 2", kind=UnitKind.COOLER, profile="daily")


def runs_out(ledger: Ledger, *, at: int, until: int) -> int:
    """Open a warning that milk is good, at worst, until an instant; return its number."""
    evidence = msgspec.json.encode(Evidence(celsius=9.0, deadline_ms=until, log10_cautious=5.7)).decode()
    return ledger.opens(level="warning", reason=Why.TIME_LEFT.value, at=at, evidence=evidence)


def until_quiet(notifications: Notifications) -> None:
    while notifications.step():
        pass


def french(hook: WebHook) -> set[str]:
    return {text for text in hook.texts() if text.startswith("Frigo 1, Ménaka: le temps du lait passe")}


def test_boiling_is_said_at_once_inside_the_curfew_because_it_is_done_at_home(
    sqlite_ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    evening = NOON + 8 * HOUR + HOUR // 2
    clock.set(evening)
    runs_out(sqlite_ledger, at=evening, until=evening + 3 * HOUR)
    until_quiet(Notifications(sessions=sqlite_ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS))
    (text,) = french(hook)
    assert BOIL in text
    assert text.endswith("Ne sortez pas.")


def test_boiling_is_not_said_by_a_message_that_waited_until_the_milk_was_past_its_time(
    sqlite_ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    night = NOON + 10 * HOUR
    clock.set(night)
    notifications = Notifications(sessions=sqlite_ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS)
    runs_out(sqlite_ledger, at=night, until=night + 4 * HOUR)
    until_quiet(notifications)
    assert hook.posts == []
    clock.set(NOON + 18 * HOUR)
    until_quiet(notifications)
    (text,) = french(hook)
    assert NOBODY in text
    assert BOIL not in text


def test_what_is_known_of_the_milk_when_a_message_leaves_counts_where_it_is_graver(
    sqlite_ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    runs_out(sqlite_ledger, at=NOON, until=NOON + 3 * HOUR)
    notifications = Notifications(
        sessions=sqlite_ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS, milks=lambda *_: TESTED
    )
    until_quiet(notifications)
    (text,) = french(hook)
    assert text.endswith("Testez avant de vendre. Sans test, pour personne.")


def test_that_milk_is_gone_is_told_to_nobody(
    sqlite_ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = Notifications(sessions=sqlite_ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS)
    incident = sqlite_ledger.opens(level="critical", reason=Why.TIME_LEFT.value)
    until_quiet(notifications)
    told = len(hook.posts)
    sqlite_ledger.changes(incident, "resolved", at=NOON + HOUR)
    until_quiet(notifications)
    assert len(hook.posts) == told > 0


Moment = tuple[Batch, MilkTerms, int]


def said_of(moment: Moment) -> MilkSaid:
    """Return what is said of milk, as the cards have it."""
    milk, terms, at_ms = moment
    ends = deadline(milk, terms, at_ms=at_ms, celsius=milk.celsius or 0.0)
    advice = say(milk, ends, terms, at_ms=at_ms, in_curfew=SITE.in_curfew(SITE.local(at_ms).time()))
    boils = advice.action is not Action.NOT_FOR_DRINKING and milk.estimate.counts()[0] < ACT_NOW
    return MilkSaid(advice=advice, boils=boils)


def everything_said(milk: MilkSaid, news: News, language: str, *, now_ms: int) -> Iterator[str]:
    """Yield every text that tells of the milk in a unit: messages, and the answers to three texts."""
    yield message_text(news, language, now_ms=now_ms)
    speaking, stay = Speaking(language), milk.advice.stay_inside
    yield speaking.milk_in(Milked.JUST_NOW, milk, unit=UNIT, site=SITE)
    yield speaking.state([UnitState(unit=UNIT, light=Light.AMBER, advice=milk.advice, milk=milk)], stay=stay)


@settings(max_examples=150, deadline=None)
@given(
    moments(), st.sampled_from([Why.TIME_LEFT, Why.TOO_WARM]), st.sampled_from(Level), st.none() | st.integers(-3, 30)
)
@pytest.mark.parametrize("language", WRITTEN)
def test_in_no_state_of_the_milk_is_anything_forbidden_told_by_any_text(
    language: str, moment: Moment, why: Why, level: Level, left_h: int | None
) -> None:
    at_ms, milk, words = moment[2], said_of(moment), written(language)
    news = News(
        incident=1,
        change=Change.REMINDER,
        why=why,
        level=level,
        site=SITE,
        unit=UNIT,
        since_ms=at_ms - HOUR,
        good_until_ms=None if left_h is None else at_ms + left_h * HOUR,
        milk=milk,
    )
    in_time = moment[0].estimate.counts()[0] < ACT_NOW
    nobody = words["action.not-for-drinking"]
    for text in everything_said(milk, news, language, now_ms=at_ms):
        assert not forbidden_in(text, language, may_say_boil=in_time and nobody not in text), text
        assert nobody in text or milk.advice.action is not Action.NOT_FOR_DRINKING, text
        assert text.endswith(words["stay-inside"]) == milk.advice.stay_inside, text
        assert not (milk.advice.stay_inside and words["action.sell"].split("{")[0] in text), text
