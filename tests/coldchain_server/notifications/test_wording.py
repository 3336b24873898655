"""What messages say, over the whole space of what they may have to say."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time
from importlib.resources import files
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.advice import Action, When
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.file import LONGEST_NAME, Language
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.catalogue import Catalogue, catalogue
from coldchain_server.notifications.news import Change, News
from coldchain_server.notifications.sms import room_left, septets
from coldchain_server.notifications.wording import message_text, since_text, trial_text

LANGUAGES = [language.value for language in Language]
LONGEST_UNIT = "Réfrigérateur solaire de la laiterie nor"
LONGEST_SITE = "Coopérative des femmes de Ménaka-centre."
HOUR = 3600_000
NEVER_SAID = {
    "fr": r"\bs[uû]re?s?\b|sans danger|\bsain|go[uû]t|bouill|ferment|potable|\bbon(ne)?\b|sans risque",
    "en": r"\bsafe|taste|boil|ferment|drinkable|\bgood\b|\bfine\b|no risk",
}


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


def everything(unit: str = "Frigo 2", site: str = "Ménaka") -> Iterator[tuple[str, News, datetime, str]]:
    """Every message there can be: language × reason × level × change × kind of unit × hour × age × zone."""
    space = product(
        LANGUAGES,
        [*Why, None],
        Level,
        (Change.OPENED, Change.RESOLVED),
        (UnitKind.COOLER, UnitKind.PASTEURISER),
        (1, 7, 12, 17, 22),
        (0, 20, 26, 60),
        ("Africa/Bamako", "Africa/Niamey"),
    )
    for language, why, level, change, kind, hour, age, zone in space:
        now = datetime(2026, 8, 15, hour, 40, tzinfo=UTC)
        since = datetime.fromtimestamp(now.timestamp() - age * 3600, UTC)
        what = news(why, level=level, change=change, since=since, kind=kind, zone=zone, unit=unit, site=site)
        yield language, what, now, said(what, language, now)


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
    assert since_text(catalogue("fr"), at=at, now=now) == words


def test_no_message_ever_says_a_forbidden_word() -> None:
    for language, what, _, text in everything():
        assert not re.search(NEVER_SAID[language], text, re.IGNORECASE), (what, text)


def test_the_search_for_forbidden_words_finds_them() -> None:
    for language, words in {"fr": ["C'est sûr.", "Goûtez.", "Faites bouillir."], "en": ["Safe.", "Boil it."]}.items():
        assert all(re.search(NEVER_SAID[language], word, re.IGNORECASE) for word in words)


def test_inside_the_curfew_and_only_there_every_message_ends_with_do_not_go_out() -> None:
    for language, what, now, text in everything():
        in_curfew = what.site.in_curfew(now.astimezone(what.site.zone).time())
        assert text.endswith(catalogue(language).stay_inside) == in_curfew, text


def test_inside_the_curfew_nothing_is_asked_that_needs_a_way() -> None:
    outside = {"fr": "Voyez|Appelez|Réglez", "en": "See the|Call|Set it"}
    for language, _, _, text in everything():
        if text.endswith(catalogue(language).stay_inside):
            assert not re.search(outside[language], text), text


def test_every_message_fits_one_sms_with_the_longest_names_there_may_be() -> None:
    assert len(LONGEST_UNIT) == len(LONGEST_SITE) == LONGEST_NAME
    for _, what, _, text in everything(unit=LONGEST_UNIT, site=LONGEST_SITE):
        assert septets(text) is not None
        assert room_left(text) >= 0, (what, text)
        assert text.startswith("Réfrigérateur"), text
        assert ", Coopérative" in text, text


def test_short_names_are_never_shortened() -> None:
    for _, _, _, text in everything():
        assert text.startswith("Frigo 2, Ménaka: ")


@given(unit=st.text(min_size=1, max_size=LONGEST_NAME), site=st.text(min_size=1, max_size=LONGEST_NAME))
def test_whatever_the_names_are_a_message_is_one_sms_and_keeps_its_action(unit: str, site: str) -> None:
    text = said(news(unit=unit, site=site), "fr", datetime(2026, 5, 10, 22, 0, tzinfo=UTC))
    assert septets(text) is not None
    assert room_left(text) >= 0
    assert text.endswith("Testez le lait au matin, pas de vente avant. Ne sortez pas.")


def test_a_name_in_a_script_that_sms_lacks_gives_way_to_its_id() -> None:
    text = said(news(unit="ⵜⴰⵎⴰⵛⴻⵇ"), "fr", datetime(2026, 5, 10, 8, 0, tzinfo=UTC))
    assert text.startswith("menaka-2, Ménaka: ")


def test_no_temperature_is_told_with_a_precision_nobody_has() -> None:
    for _, _, _, text in everything():
        assert not re.search(r"\d+[.,]\d|°", text), text


def test_the_trial_message_names_the_person_and_fits_one_sms() -> None:
    for language in LANGUAGES:
        assert "Moussa" in trial_text("Moussa", language)
        assert room_left(trial_text(LONGEST_UNIT, language)) >= 0


def keys(table: dict[str, object], above: str = "") -> set[str]:
    found = set()
    for name, value in table.items():
        found |= keys(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}"}
    return found


def texts(language: str) -> dict[str, object]:
    folder = files("coldchain_server.notifications.catalogue")
    return tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def test_every_language_has_every_text_and_no_other() -> None:
    french = keys(texts("fr"))
    assert all(keys(texts(language)) == french for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_and_time_has_a_text_in_letters_every_phone_has(language: str) -> None:
    words: Catalogue = catalogue(language)
    assert set(words.action) == set(Action)
    assert set(words.by) == set(When)
    assert set(words.months) == set(range(1, 13))
    breaches = {Why.TOO_WARM, Why.TOO_COLD, Why.SILENT, Why.PROBE_FAULT}
    assert {why.value for why in breaches} <= set(words.wrong) == set(words.over)
    folder = files("coldchain_server.notifications.catalogue")
    lines = folder.joinpath(f"{language}.toml").read_text(encoding="utf-8").splitlines()
    assert all(septets(line) is not None for line in lines if not line.startswith("#"))


def test_a_language_nobody_has_written_gets_french() -> None:
    assert catalogue("taq") == catalogue("fr")
