"""What messages say, over the whole space of what they may have to say."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.file import LONGEST_NAME
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.catalogue import WRITTEN, written
from coldchain_server.notifications.news import Change, News
from coldchain_server.notifications.sms import room_left, septets
from coldchain_server.notifications.wording import message_text, since_text, trial_text


def news(
    why: Why | None = Why.TOO_WARM,
    *,
    level: Level = Level.CRITICAL,
    change: Change = Change.OPENED,
    since: datetime = datetime(2026, 5, 10, 6, 10, tzinfo=UTC),
    kind: UnitKind = UnitKind.COOLER,
    curfew: bool = True,
    unit: str = "Frigo 2",
    site: str = "Ménaka",
    zone: str = "Africa/Bamako",
) -> News:
    return News(
        incident=7,
        change=change,
        why=why,
        level=level,
        site=Site(
            id=SiteId("menaka"),
            name=site,
            zone=ZoneInfo(zone),
            curfew_from=time(20) if curfew else None,
            curfew_to=time(6) if curfew else None,
        ),
        unit=Unit(id=UnitId("menaka-2"), site=SiteId("menaka"), name=unit, kind=kind, profile="daily"),
        since_ms=milliseconds(since),
    )


def said(what: News, language: str, now: datetime) -> str:
    return message_text(what, language, now_ms=milliseconds(now))


def test_a_critical_breach_says_where_what_since_when_and_one_action() -> None:
    now = datetime(2026, 5, 10, 8, 0, tzinfo=UTC)
    assert said(news(), "fr", now) == (
        "Frigo 2, Ménaka: trop chaud depuis ce matin 06:10. "
        "Gardez fermé. Testez le lait avant midi, pas de vente avant."
    )
    assert said(news(), "en", now) == (
        "Frigo 2, Ménaka: too warm since this morning 06:10. "
        "Keep it closed. Test the milk before midday, no sale before."
    )


def test_milk_that_was_critically_warm_is_tested_although_it_is_cold_again() -> None:
    text = said(news(change=Change.RESOLVED), "fr", datetime(2026, 5, 10, 8, 0, tzinfo=UTC))
    assert text.startswith("Frigo 2, Ménaka: n'est plus trop chaud depuis ce matin 06:10.")
    assert "Testez le lait" in text


def test_instants_are_told_in_the_sites_own_time() -> None:
    now = datetime(2026, 5, 10, 8, 0, tzinfo=UTC)
    assert "ce matin 07:10" in said(news(zone="Africa/Niamey"), "fr", now)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 5, 10, 2, 5, tzinfo=UTC), "cette nuit 02:05"),
        (datetime(2026, 5, 10, 12, 0, tzinfo=UTC), "cet après-midi 12:00"),
        (datetime(2026, 5, 10, 21, 0, tzinfo=UTC), "ce soir 21:00"),
        (datetime(2026, 5, 9, 21, 40, tzinfo=UTC), "hier soir 21:40"),
        (datetime(2026, 5, 9, 3, 0, tzinfo=UTC), "la nuit d'avant 03:00"),
        (datetime(2026, 2, 3, 9, 7, tzinfo=UTC), "le 3 février 09:07"),
    ],
)
def test_since_when_is_a_part_of_the_day_and_a_clock_time(at: datetime, words: str) -> None:
    now = datetime(2026, 5, 10, 22, 0, tzinfo=UTC)
    assert since_text(written("fr"), at=at, now=now) == words


@given(unit=st.text(min_size=1, max_size=LONGEST_NAME), site=st.text(min_size=1, max_size=LONGEST_NAME))
def test_whatever_the_names_are_a_message_is_one_sms_and_keeps_its_action(unit: str, site: str) -> None:
    text = said(news(unit=unit, site=site), "fr", datetime(2026, 5, 10, 22, 0, tzinfo=UTC))
    assert septets(text) is not None
    assert room_left(text) >= 0
    assert text.endswith("Testez le lait au matin, pas de vente avant. Ne sortez pas.")


def test_a_name_in_a_script_that_sms_lacks_gives_way_to_its_id() -> None:
    text = said(news(unit="ⵜⴰⵎⴰⵛⴻⵇ"), "fr", datetime(2026, 5, 10, 8, 0, tzinfo=UTC))
    assert text.startswith("menaka-2, Ménaka: ")


def test_the_trial_message_names_the_person_and_fits_one_sms() -> None:
    for language in WRITTEN:
        assert "Moussa" in trial_text("Moussa", language)
        assert room_left(trial_text("x" * LONGEST_NAME, language)) >= 0
