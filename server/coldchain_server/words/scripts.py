"""What to read aloud for a clip: for whoever records it, and for the listeners who check it. Pure."""

import re

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_judgement.clips import Clip, Saying
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.catalogue import Catalogue

_TABLES = {"why": "wrong", "when": "by", "change": "spoken"}
_FILLED_IN = re.compile(r"\s*\{[a-z]+\}")
_BEFORE_A_SIGN = re.compile(r"\s+([,.])")


def script(clip: Clip, words: Catalogue, fleet: Fleet) -> str:
    """Return the words of a clip: a name, or a text of the catalogue without what is filled in."""
    table, _, name = clip.partition(".")
    if table == "unit":
        return _named(fleet, unit=name)
    if table == "site":
        return fleet.sites[SiteId(name)].name
    if clip in {saying.value for saying in Saying}:
        return words["stay-inside"] if clip == Saying.STAY_INSIDE.value else words[f"spoken.{clip}"]
    if clip == "since.earlier":
        return words["spoken.days-ago"]
    return _as_said(words[f"{_TABLES.get(table, table)}.{name}"])


def _named(fleet: Fleet, *, unit: str) -> str:
    return fleet.units[UnitId(unit)].name


def _as_said(text: str) -> str:
    """Return a text without what is filled in: times are not said, and places and days are clips of their own."""
    return _BEFORE_A_SIGN.sub(r"\1", _FILLED_IN.sub("", text)).lstrip(" :,")
