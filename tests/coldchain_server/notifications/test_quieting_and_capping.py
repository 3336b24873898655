"""Until when a message waits: for the night's end, and for room in the hour."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Contact, Hours, Role, Site, Unit, UnitKind
from coldchain_server.notifications.capping import HOUR_MS, Cap, room_for
from coldchain_server.notifications.news import Change, News
from coldchain_server.notifications.quieting import Quiet, wait_of

ZONE = ZoneInfo("Africa/Niamey")
SITE = Site(
    id=SiteId("tillia"),
    name="Tillia",
    zone=ZONE,
    curfew_from=time(18),
    curfew_to=time(6),
    quiet=Hours(start=time(21), end=time(7)),
)
PERSON = Contact(id="fati", name="Fati", language="fr", role=Role.COOPERATIVE, sites=(SITE.id,), channels=("console:",))
SLEEPER = structs.replace(PERSON, quiet=Hours(start=time(13), end=time(15)))
NOW = 1_778_414_400_000


def at(hour: int, day: int = 10) -> int:
    return milliseconds(datetime(2026, 5, day, hour, tzinfo=ZONE))


def news(level: Level, why: Why = Why.TOO_WARM, change: Change = Change.OPENED) -> News:
    unit = Unit(id=UnitId("one"), site=SITE.id, name="Frigo", kind=UnitKind.COOLER, profile="daily")
    return News(incident=1, change=change, why=why, level=level, site=SITE, unit=unit, since_ms=at(9))


@pytest.mark.parametrize(
    ("what", "contact", "hour", "until", "why"),
    [
        (news(Level.CRITICAL), SLEEPER, 23, at(23), Quiet.URGENT),
        (news(Level.CRITICAL), SLEEPER, 14, at(14), Quiet.URGENT),
        (news(Level.CRITICAL, Why.SILENT), PERSON, 19, at(19), Quiet.NOBODY_SLEEPS),
        (news(Level.CRITICAL, Why.SILENT), PERSON, 22, at(7, 11), Quiet.SITE),
        (news(Level.CRITICAL, change=Change.PAST), PERSON, 19, at(7, 11), Quiet.SITE),
        (news(Level.WARNING), PERSON, 12, at(12), Quiet.NOBODY_SLEEPS),
        (news(Level.WARNING), PERSON, 19, at(7, 11), Quiet.SITE),
        (news(Level.WARNING), SLEEPER, 14, at(15), Quiet.PERSON),
        (news(Level.WARNING), PERSON, 3, at(7), Quiet.SITE),
        (news(Level.WARNING, Why.TIME_LEFT), PERSON, 19, at(19), Quiet.NOBODY_SLEEPS),
        (news(Level.CRITICAL, Why.TIME_LEFT), PERSON, 22, at(7, 11), Quiet.SITE),
        (news(Level.CRITICAL, Why.TIME_LEFT), SLEEPER, 14, at(15), Quiet.PERSON),
    ],
)
def test_what_is_not_urgent_waits_until_neither_the_site_nor_the_person_sleeps(
    what: News, contact: Contact, hour: int, until: int, why: Quiet
) -> None:
    wait = wait_of(what, contact, now_ms=at(hour))
    assert (wait.until_ms, wait.why) == (until, why)


def test_without_quiet_hours_a_warning_waits_for_the_curfew_alone() -> None:
    loud = structs.replace(news(Level.WARNING), site=structs.replace(SITE, quiet=None))
    wait = wait_of(loud, PERSON, now_ms=at(22))
    assert (wait.until_ms, wait.why) == (at(6, 11), Quiet.CURFEW)


@pytest.mark.parametrize("level", Level)
def test_the_time_that_milk_has_left_wakes_nobody_where_no_quiet_hours_are_said(level: Level) -> None:
    loud = structs.replace(news(level, Why.TIME_LEFT), site=structs.replace(SITE, quiet=None))
    wait = wait_of(loud, PERSON, now_ms=at(22))
    assert (wait.until_ms, wait.why) == (at(5, 11), Quiet.NIGHT)


@given(hours=st.tuples(*[st.integers(0, 23)] * 4), hour=st.integers(0, 23))
def test_whatever_the_hours_a_message_leaves_within_two_days(hours: tuple[int, ...], hour: int) -> None:
    quiet = [Hours(start=time(start), end=time(end)) for start, end in (hours[:2], hours[2:]) if start != end]
    site = structs.replace(SITE, quiet=quiet[0] if quiet else None)
    contact = structs.replace(PERSON, quiet=quiet[-1] if quiet else None)
    wait = wait_of(structs.replace(news(Level.WARNING), site=site), contact, now_ms=at(hour))
    assert at(hour) <= wait.until_ms <= at(hour) + 48 * HOUR_MS


def test_the_seventh_message_of_an_hour_waits_until_the_first_is_an_hour_old() -> None:
    handed = [NOW - minutes * 60_000 for minutes in (50, 40, 30, 20, 10, 5)]
    room = room_for(news(Level.WARNING), handed, now_ms=NOW, per_hour=6)
    assert (room.from_ms, room.why) == (NOW + 10 * 60_000, Cap.FULL)
    assert room_for(news(Level.WARNING), handed[1:], now_ms=NOW, per_hour=6).why is Cap.ROOM
    assert room_for(None, handed, now_ms=NOW, per_hour=6).why is Cap.FULL


@pytest.mark.parametrize("change", [Change.OPENED, Change.REOPENED, Change.ESCALATION, Change.REMINDER])
def test_danger_to_milk_is_never_held_back(change: Change) -> None:
    room = room_for(news(Level.CRITICAL, change=change), [NOW] * 100, now_ms=NOW, per_hour=1)
    assert (room.from_ms, room.why) == (NOW, Cap.NEVER_HELD)


@pytest.mark.parametrize("change", [Change.RESOLVED, Change.ACKNOWLEDGED, Change.PAST])
def test_that_danger_is_over_or_answered_may_wait(change: Change) -> None:
    assert room_for(news(Level.CRITICAL, change=change), [NOW] * 6, now_ms=NOW, per_hour=6).why is Cap.FULL


@given(ages=st.lists(st.integers(0, 7200), max_size=30), per_hour=st.integers(1, 8))
def test_no_hour_ever_holds_more_than_is_allowed(ages: list[int], per_hour: int) -> None:
    handed = sorted(NOW - age * 1000 for age in ages)
    kept: list[int] = []
    for at_ms in [*handed, NOW]:
        kept.append(room_for(news(Level.WARNING), kept, now_ms=max([at_ms, *kept[-1:]]), per_hour=per_hour).from_ms)
    assert all(sum(start <= other < start + HOUR_MS for other in kept) <= per_hour for start in kept)
