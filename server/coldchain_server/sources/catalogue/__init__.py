"""The words that answer a reading by SMS: one TOML file a language, every key in each."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from coldchain_server.sources.hand import Refusal


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language's answers."""

    decimal: str
    taken: str
    above: str
    below: str
    stay_inside: str
    undone: str
    nothing_to_undo: str
    unusual: str
    which: str
    help: str
    nowhere: str
    refused: dict[Refusal, str]


_WRITTEN = ("fr", "en")


@cache
def answers(language: str) -> Answers:
    """Return the answers in `language` (`fr`, `en`); in French where there are none in it."""
    name = language if language in _WRITTEN else _WRITTEN[0]
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Answers)
