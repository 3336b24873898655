"""The words of messages: one TOML file a language, every key in each."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from coldchain_judgement.advice import Action, When
from coldchain_server.fleet.file import Language

FIRST = Language.FRENCH
"""The language in which every text is written first, and that stands in for one nobody has written yet."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language's texts. `wrong` and `over` go by reason, with `-hot` for a unit that heats, or `other`."""

    stay_inside: str
    trial: str
    place: str
    opened: str
    resolved: str
    wrong: dict[str, str]
    over: dict[str, str]
    action: dict[Action, str]
    by: dict[When, str]
    since: dict[str, str]
    months: dict[int, str]


@cache
def catalogue(language: str) -> Catalogue:
    """Return the texts in `language` (`fr`, `en`); in French where there are none in it."""
    known = {one.value for one in Language}
    name = language if language in known else FIRST.value
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Catalogue, strict=False)
