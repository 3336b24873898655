"""Who hears of what, from when on, and when a message is tried again: decisions without a ledger."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Contact, Role, Site, Unit, UnitKind
from coldchain_server.ledger.tables import IncidentRow, TransitionRow
from coldchain_server.notifications.news import Change, News, Standing
from coldchain_server.notifications.recipients import Audience, Hearing, audience, curfew_end_ms
from coldchain_server.notifications.retrying import move_for, wait_s
from coldchain_server.notifications.rows import news_of
from coldchain_server.notifications.settings import NotificationSettings
from invented.watched import UNIT, fleet_of

SITE = SiteId("tillia")
SETTINGS = NotificationSettings()
HOUR = 3_600_000
GOES_ON, OVER, WORSE = Standing(), Standing(over=True), Standing(worse_since=True)
BEFORE, ANOTHER = Standing(same_before=True, same_goes_on=True), Standing(over=True, same_goes_on=True)


def at(hour: int, day: int = 10) -> int:
    """Return an hour of May 2026 as clocks in Niamey show it."""
    return milliseconds(datetime(2026, 5, day, hour, tzinfo=ZoneInfo("Africa/Niamey")))


def site(curfew: tuple[int, int] | None = (20, 6)) -> Site:
    return Site(
        id=SITE,
        name="Tillia",
        zone=ZoneInfo("Africa/Niamey"),
        curfew_from=time(curfew[0]) if curfew else None,
        curfew_to=time(curfew[1]) if curfew else None,
    )


def news(change: Change = Change.OPENED, level: Level = Level.CRITICAL) -> News:
    unit = Unit(id=UnitId("one"), site=SITE, name="Frigo", kind=UnitKind.COOLER, profile="daily")
    return News(incident=1, change=change, why=Why.TOO_WARM, level=level, site=site(), unit=unit, since_ms=at(9))


PEOPLE = [
    Contact(
        id=f"{role.value}-{place}", name="x", language="fr", role=role, sites=(SiteId(place),), channels=("console:",)
    )
    for role in Role
    for place in ("tillia", "menaka")
]


def heard(what: News, *, now_ms: int, standing: Standing = GOES_ON, learnt_ms: int | None = None) -> Audience:
    learnt = now_ms if learnt_ms is None else learnt_ms
    return audience(what, PEOPLE, standing=standing, learnt_ms=learnt, now_ms=now_ms, expires_s=3600)


def test_cooperative_and_technician_of_the_site_hear_of_a_critical_breach_at_any_hour() -> None:
    for hour in (3, 12, 23):
        told = heard(news(), now_ms=at(hour))
        assert [contact.id for contact in told.contacts] == ["cooperative-tillia", "technician-tillia"]
        assert (told.from_ms, told.hearing) == (at(hour), Hearing.AT_ONCE)


def test_a_warning_waits_for_the_end_of_the_curfew() -> None:
    evening = heard(news(level=Level.WARNING), now_ms=at(22))
    assert (evening.from_ms, evening.hearing) == (at(6, day=11), Hearing.AFTER_CURFEW)
    assert heard(news(level=Level.WARNING), now_ms=at(3)).from_ms == at(6)
    assert heard(news(level=Level.WARNING), now_ms=at(12)).from_ms == at(12)


@pytest.mark.parametrize(
    ("change", "level", "standing", "age", "hearing"),
    [
        (Change.ACKNOWLEDGED, Level.CRITICAL, GOES_ON, 0, Hearing.ANSWERED),
        (Change.OPENED, Level.CRITICAL, OVER, 0, Hearing.OVER_BEFORE_TOLD),
        (Change.OPENED, Level.CRITICAL, GOES_ON, 99 * HOUR, Hearing.AT_ONCE),
        (Change.OPENED, Level.CRITICAL, BEFORE, 0, Hearing.SAME_CAUSE),
        (Change.OPENED, Level.CRITICAL, WORSE, 0, Hearing.WORSE_SINCE),
        (Change.RESOLVED, Level.CRITICAL, OVER, 0, Hearing.AT_ONCE),
        (Change.RESOLVED, Level.CRITICAL, OVER, 2 * HOUR, Hearing.OLD),
        (Change.RESOLVED, Level.CRITICAL, ANOTHER, 0, Hearing.SAME_CAUSE),
        (Change.RESOLVED, Level.WARNING, OVER, 0, Hearing.WARNING_OVER),
    ],
)
def test_each_decision_has_its_reason(
    change: Change, level: Level, standing: Standing, age: int, hearing: Hearing
) -> None:
    told = heard(news(change, level), now_ms=at(12), standing=standing, learnt_ms=at(12) - age)
    assert told.hearing is hearing
    assert bool(told.contacts) is (hearing is Hearing.AT_ONCE)


def test_nobody_hears_that_milk_is_cold_again_where_nobody_judges_it_any_more() -> None:
    withdrawn = structs.replace(news(Change.RESOLVED), withdrawn=True)
    told = heard(withdrawn, now_ms=at(12), standing=OVER)
    assert (told.contacts, told.hearing) == ((), Hearing.WITHDRAWN)


def test_a_transition_says_whether_its_incident_was_withdrawn() -> None:
    incident = IncidentRow(id=1, unit=UNIT, reason=Why.TOO_WARM.value, level=Level.CRITICAL.value, since_ms=at(9))
    for why in (Why.WITHIN, Why.WITHDRAWN):
        transition = TransitionRow(to_state=Change.RESOLVED.value, why=why.value, happened_ms=at(10))
        assert news_of(transition, incident, fleet_of()).withdrawn is (why is Why.WITHDRAWN)


def test_a_site_without_contacts_is_said_so() -> None:
    told = audience(news(), [], standing=GOES_ON, learnt_ms=at(12), now_ms=at(12), expires_s=3600)
    assert told.hearing is Hearing.NOBODY


@given(
    minutes=st.integers(0, 2 * 24 * 60),
    curfew=st.none() | st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1]),
)
def test_the_end_of_a_curfew_is_the_first_instant_outside_it(minutes: int, curfew: tuple[int, int] | None) -> None:
    place, now_ms = site(curfew), at(0) + minutes * 60_000
    end_ms = curfew_end_ms(place, now_ms)
    assert not place.in_curfew(place.local(end_ms).time())
    step_ms = 30 * 60_000
    assert all(place.in_curfew(place.local(between).time()) for between in range(now_ms, end_ms, step_ms))


def test_waits_double_up_to_the_longest() -> None:
    assert [wait_s(SETTINGS, attempts=attempts) for attempts in (1, 2, 3, 5, 6, 7, 10_000)] == [
        30, 60, 120, 480, 900, 900, 900,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("level", "created", "now", "standing", "outcome"),
    [
        (Level.CRITICAL, at(12), at(12), GOES_ON, "send"),
        (Level.CRITICAL, at(22), at(22), GOES_ON, "send"),
        (Level.CRITICAL, at(9), at(20), GOES_ON, "send"),
        (Level.CRITICAL, at(9), at(22), GOES_ON, "give up"),
        (Level.CRITICAL, at(12), at(12), OVER, "give up"),
        (Level.CRITICAL, at(12), at(12), ANOTHER, "send"),
        (Level.CRITICAL, at(12), at(12), WORSE, "give up"),
        (Level.WARNING, at(12), at(13), GOES_ON, "send"),
        (Level.WARNING, at(12), at(15), GOES_ON, "give up"),
        (Level.WARNING, at(19), at(20), GOES_ON, "wait"),
        (Level.WARNING, at(22), at(7, day=11), GOES_ON, "send"),
        (Level.WARNING, at(22), at(9, day=11), GOES_ON, "give up"),
    ],
)
def test_what_is_due_is_sent_waits_or_is_given_up(
    level: Level, created: int, now: int, standing: Standing, outcome: str
) -> None:
    move = move_for(news(level=level), standing=standing, created_ms=created, now_ms=now, settings=SETTINGS)
    assert ("give up" if move.give_up else "wait" if move.wait_until_ms else "send") == outcome


def test_the_clock_the_cases_are_told_by_is_an_hour_ahead_of_utc() -> None:
    assert datetime.fromtimestamp(at(12) / 1000, UTC).hour == 11
