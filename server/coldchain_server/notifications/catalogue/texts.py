"""The texts written with the software: one TOML file a language, every key in each."""

import enum
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

import msgspec

from coldchain_server.notifications.catalogue.languages import FIRST


class Part(enum.Enum):
    """What is translated and checked as a whole: a message is never half in one language and half in another."""

    ALARMS = "alarms"  # what goes wrong, and what to do
    ANSWERS = "answers"  # what is said back by SMS, and how things are now
    CALLS = "calls"  # what a telephone call asks, and what is only ever said aloud
    NEWS = "news"  # trials, the daily test, the morning's good news
    CARDS = "cards"  # what a buyer is told of milk


_PARTS = {
    "answer": Part.ANSWERS,
    "handling": Part.ANSWERS,
    "milked": Part.ANSWERS,
    "state": Part.ANSWERS,
    "picture": Part.ANSWERS,
    "call": Part.CALLS,
    "spoken": Part.CALLS,
    "news": Part.NEWS,
    "card": Part.CARDS,
    "tested": Part.CARDS,
}


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """One language's texts by key, such as `wrong.too-warm`."""

    language: str
    texts: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.texts[key]


def part_of(key: str) -> Part:
    """Return the part of the catalogue that a key belongs to."""
    return _PARTS.get(key.partition(".")[0], Part.ALARMS)


def placeholders(text: str) -> tuple[str, ...]:
    """Return what a text is filled in with, in its order; ValueError where a brace is left open."""
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@cache
def written(language: str) -> Catalogue:
    """Return the texts in a language of `WRITTEN`."""
    text = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language=language, texts=dict(_flat(tomllib.loads(text))))


def every_key() -> tuple[str, ...]:
    """Return every key there is, in the order of the French file."""
    return tuple(written(FIRST).texts)


def _flat(table: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(value, f"{name}.") if isinstance(value, dict) else [(above + name, str(value))]
    return found
