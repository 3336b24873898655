"""The answer in words, French or English, from one catalogue a language."""

import enum
import math
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from coldchain_app.milk.answer import Answer, Exposed
from coldchain_judgement.milk.saying import Because
from coldchain_server.lab.range import Percentiles
from coldchain_server.notifications.catalogue.texts import written
from coldchain_server.notifications.milk import MilkSaid
from coldchain_server.notifications.wording import action_text


class Language(enum.Enum):
    """What the answer is said in."""

    FRENCH = "fr"
    ENGLISH = "en"


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Return the texts of a language by key."""
    text = files(__package__).joinpath(f"{language.value}.toml").read_text(encoding="utf-8")
    return {key: str(value) for key, value in tomllib.loads(text).items()}


def lines(given: Answer, language: Language, *, zone: ZoneInfo, celsius: float) -> Iterator[str]:
    """Yield the answer line by line: what was measured, the estimate and its doubt, what to do."""
    words = texts(language)
    yield from _measured(given, language, zone=zone)
    if given.range is not None:
        last = given.range.log10[-1]
        yield words["count"].format(**{name: _number(value, language) for name, value in _each(last)})
        yield words["use"].format(celsius=_number(celsius, language), **_hours(given.range.use, language))
        yield words["spoil"].format(**_hours(given.range.spoil, language))
    yield from _doubts(given, words)
    milk = MilkSaid(advice=given.advice, boils=given.boils)
    action = action_text(written(language.value), given.advice, milk=milk)
    yield words["what"].format(action=action)
    yield words["honest"]


def _measured(given: Answer, language: Language, *, zone: ZoneInfo) -> Iterator[str]:
    words, exposed = texts(language), given.exposed
    yield words["kept"].format(
        hours=_number(exposed.hours, language),
        begins=_local(given.begins_ms, zone),
        ends=_local(given.ends_ms, zone),
        lowest=_number(exposed.lowest_celsius, language),
        highest=_number(exposed.highest_celsius, language),
        cold=_number(exposed.cold_hours, language),
    )
    if exposed.gap_hours > 0:
        yield words["gaps"].format(hours=_number(exposed.gap_hours, language))
    yield words["exposure"].format(
        degree_hours=_number(exposed.degree_hours, language),
        kinetic=_kinetic(exposed, language),
        at_four=_number(exposed.hours_at_four, language),
    )


def _kinetic(exposed: Exposed, language: Language) -> str:
    kinetic = exposed.mean_kinetic_celsius
    return "–" if kinetic is None else _number(kinetic, language)


def _doubts(given: Answer, words: Mapping[str, str]) -> Iterator[str]:
    if given.range is None:
        yield words["untimed" if given.because is Because.UNTIMED else "unseen"]
        return
    if given.presumed:
        yield words["presumed"]
    if given.capped:
        yield words["capped"]


def _each(one: Percentiles) -> tuple[tuple[str, float], ...]:
    return ("p10", one.p10), ("p50", one.p50), ("p90", one.p90)


def _hours(one: Percentiles, language: Language) -> dict[str, str]:
    return {
        name: texts(language)["never"] if math.isinf(value) else _number(value, language) for name, value in _each(one)
    }


def _number(value: float, language: Language) -> str:
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"
    return text.replace(".", ",") if language is Language.FRENCH else text


def _local(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
