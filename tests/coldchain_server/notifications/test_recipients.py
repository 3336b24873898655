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
from coldchain_server.fleet.model import Contact, EscalationStep, Fleet, Role, Site, Unit, UnitKind
from coldchain_server.ledger.tables import IncidentRow, TransitionRow
from coldchain_server.notifications.news import Change, Daily, News, Standing
from coldchain_server.notifications.quieting import curfew_end_ms
from coldchain_server.notifications.recipients import (
    SAYS_SALES,
    Hearing,
    Scope,
    may_hear,
    others_told,
    silence_of,
    steps_for,
)
from coldchain_server.notifications.retrying import Trial, given_up, wait_s
from coldchain_server.notifications.rows import news_of
from coldchain_server.notifications.settings import NotificationSettings
from invented.watched import UNIT, fleet_of

SITE = SiteId("tillia")
SETTINGS = NotificationSettings()
HOUR = 3_600_000
GOES_ON, OVER, WORSE = Standing(), Standing(over=True), Standing(worse_since=True)
ANOTHER = Standing(over=True, same_goes_on=True)


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


SCOPE = Scope(sites=(SITE,))


def fleet(*contacts: Contact, escalation: tuple[EscalationStep, ...] = ()) -> Fleet:
    place = structs.replace(site(), escalation=escalation)
    return Fleet(sites={SITE: place}, units={}, devices={}, placements=(), contacts=contacts, profiles={})


def told(what: News, *, among: Fleet | None = None, scope: Scope = SCOPE) -> list[tuple[int | None, list[str]]]:
    steps = steps_for(what, scope, among or fleet(*PEOPLE))
    return [(step.after_s, [contact.id for contact in step.contacts]) for step in steps]


def test_a_critical_breach_goes_from_the_cooperative_to_the_technician_and_on() -> None:
    assert told(news()) == [
        (0, ["cooperative-tillia"]),
        (1800, ["technician-tillia"]),
        (3600, ["admin-tillia"]),
    ]


def test_a_warning_goes_on_only_where_nobody_was_reached_and_one_of_equipment_to_the_technician_at_once() -> None:
    warm = news(level=Level.WARNING)
    later = [(None, ["technician-tillia"]), (None, ["admin-tillia"])]
    assert told(warm) == [(0, ["cooperative-tillia"]), *later]
    silent = structs.replace(warm, why=Why.SILENT)
    assert told(silent) == [(0, ["cooperative-tillia", "technician-tillia"]), later[1]]


def test_a_unit_that_is_too_small_is_for_the_technician_alone() -> None:
    assert told(structs.replace(news(level=Level.WARNING), why=Why.TOO_SMALL)) == [(0, ["technician-tillia"])]


def test_a_way_to_people_that_is_dead_is_for_the_administrators() -> None:
    dead = structs.replace(news(), why=Why.CHANNEL_DEAD, unit=None)
    assert told(dead) == [(0, ["admin-tillia"]), (None, ["technician-tillia"])]
    assert told(dead, among=fleet(*PEOPLE[:4])) == [(None, ["technician-tillia"])]


def test_an_outage_is_for_the_technicians_and_for_whom_the_power_is_known_to_be_out() -> None:
    out = structs.replace(news(level=Level.WARNING), why=Why.OUTAGE, unit=None)
    assert told(out) == [(0, ["technician-tillia"]), (None, ["admin-tillia"])]
    cut = Scope(sites=(SITE,), powerless=frozenset({SITE}))
    assert told(out, scope=cut) == [(0, ["technician-tillia", "cooperative-tillia"]), (None, ["admin-tillia"])]


def test_a_list_of_the_sites_own_is_gone_by_and_whom_nobody_knows_is_left_out() -> None:
    own = (
        EscalationStep(after_s=0, contacts=("technician-tillia",)),
        EscalationStep(after_s=60, contacts=("gone",)),
        EscalationStep(after_s=120, contacts=("cooperative-tillia",)),
    )
    assert told(news(), among=fleet(*PEOPLE, escalation=own)) == [
        (0, ["technician-tillia"]),
        (120, ["cooperative-tillia"]),
    ]


@pytest.mark.parametrize(
    ("change", "level", "standing", "age", "hearing"),
    [
        (Change.ACKNOWLEDGED, Level.CRITICAL, GOES_ON, 0, None),
        (Change.ACKNOWLEDGED, Level.WARNING, GOES_ON, 0, Hearing.ANSWERED),
        (Change.OPENED, Level.CRITICAL, OVER, 0, Hearing.OVER_BEFORE_TOLD),
        (Change.OPENED, Level.CRITICAL, GOES_ON, 99 * HOUR, None),
        (Change.OPENED, Level.CRITICAL, WORSE, 0, Hearing.WORSE_SINCE),
        (Change.OPENED, Level.CRITICAL, Standing(answered=True), 0, Hearing.ANSWERED),
        (Change.REOPENED, Level.CRITICAL, Standing(covered=True), 0, Hearing.COVERED),
        (Change.OUTAGE, Level.WARNING, GOES_ON, 0, None),
        (Change.PAST, Level.WARNING, OVER, 99 * HOUR, None),
        (Change.RESOLVED, Level.CRITICAL, OVER, 0, None),
        (Change.RESOLVED, Level.CRITICAL, OVER, 2 * HOUR, Hearing.OLD),
        (Change.RESOLVED, Level.CRITICAL, ANOTHER, 0, Hearing.SAME_CAUSE),
        (Change.RESOLVED, Level.WARNING, OVER, 0, Hearing.WARNING_OVER),
    ],
)
def test_each_silence_has_its_reason(
    change: Change, level: Level, standing: Standing, age: int, hearing: Hearing | None
) -> None:
    assert silence_of(news(change, level), standing, age_s=age / 1000, expires_s=3600) is hearing


def test_nobody_hears_that_milk_is_cold_again_where_nobody_judges_it_any_more() -> None:
    withdrawn = structs.replace(news(Change.RESOLVED), withdrawn=True)
    assert silence_of(withdrawn, OVER, age_s=0, expires_s=3600) is Hearing.WITHDRAWN


def test_a_transition_says_whether_its_incident_was_withdrawn() -> None:
    incident = IncidentRow(id=1, unit=UNIT, reason=Why.TOO_WARM.value, level=Level.CRITICAL.value, since_ms=at(9))
    for why in (Why.WITHIN, Why.WITHDRAWN):
        transition = TransitionRow(to_state=Change.RESOLVED.value, why=why.value, happened_ms=at(10))
        assert news_of(transition, incident, fleet_of()).withdrawn is (why is Why.WITHDRAWN)


def test_a_site_without_contacts_is_told_nobody() -> None:
    assert told(news(), among=fleet()) == []


def test_whoever_answered_is_not_told_so_by_name_or_by_id() -> None:
    among = fleet(*PEOPLE)
    everybody = {one.id for one in PEOPLE}
    assert len(others_told(everybody, who="cooperative-tillia", fleet=among)) == len(PEOPLE) - 1
    assert others_told({"cooperative-tillia"}, who="cooperative-tillia", fleet=among) == ()
    named = structs.replace(PEOPLE[0], name="Fati")
    assert others_told({named.id}, who="Fati", fleet=fleet(named)) == ()


def test_every_kind_of_message_says_whether_it_holds_sales_figures_and_a_shared_phone_hears_none_that_does() -> None:
    assert set(SAYS_SALES) == {*Change, *Daily}
    shared = structs.replace(PEOPLE[0], shared=True)
    sales = {**SAYS_SALES, Daily.GOOD_NEWS: True}
    assert may_hear(shared, Daily.HEARTBEAT, sales)
    assert not may_hear(shared, Daily.GOOD_NEWS, sales)
    assert may_hear(PEOPLE[0], Daily.GOOD_NEWS, sales)
    assert all(may_hear(shared, kind) for kind in (*Change, *Daily))


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
    ("level", "created", "now", "standing", "sent"),
    [
        (Level.CRITICAL, at(12), at(12), GOES_ON, True),
        (Level.CRITICAL, at(9), at(20), GOES_ON, True),
        (Level.CRITICAL, at(9), at(22), GOES_ON, False),
        (Level.CRITICAL, at(12), at(12), OVER, False),
        (Level.CRITICAL, at(12), at(12), ANOTHER, True),
        (Level.CRITICAL, at(12), at(12), WORSE, False),
        (Level.CRITICAL, at(12), at(12), Standing(answered=True), False),
        (Level.CRITICAL, at(12), at(12), Standing(covered=True), False),
        (Level.WARNING, at(12), at(13), GOES_ON, True),
        (Level.WARNING, at(12), at(15), GOES_ON, False),
        (Level.WARNING, at(22), at(7, day=11), GOES_ON, True),
        (Level.WARNING, at(22), at(9, day=11), GOES_ON, False),
    ],
)
def test_what_is_due_is_sent_or_given_up(level: Level, created: int, now: int, standing: Standing, sent: bool) -> None:
    trial = Trial(contact=PEOPLE[0], created_ms=created)
    why = given_up(news(level=level), trial, standing=standing, now_ms=now, settings=SETTINGS)
    assert (why == "") is sent


def test_what_another_channel_has_told_is_given_up() -> None:
    trial = Trial(contact=PEOPLE[0], created_ms=at(12), told_otherwise=True)
    assert given_up(news(), trial, standing=GOES_ON, now_ms=at(12), settings=SETTINGS) == Hearing.TOLD_OTHERWISE.value


def test_the_clock_the_cases_are_told_by_is_an_hour_ahead_of_utc() -> None:
    assert datetime.fromtimestamp(at(12) / 1000, UTC).hour == 11
