"""A text that somebody sent from a phone: a temperature, which cooler, when; or that the last one was wrong."""

import re
import unicodedata
from collections.abc import Sequence

import msgspec

from coldchain_server.fleet.model import Unit
from coldchain_server.sources.hand import Refused, celsius_typed

_UNDO = frozenset({"x", "annuler", "annule", "non", "cancel", "undo", "no", "faux", "wrong"})
_SURE = re.compile(r"\b(?:oui|yes|ok|sur|sure)\b|!+$")
_FILLER = re.compile(r"(?:^|\s)(?:t|temp|temperature)$|^(?:t|temp|temperature)(?=[\s=:\d])")
_CLOCK = re.compile(
    r"(?:^|\s)(?:a |at )?(?P<hour>[01]?\d|2[0-3])(?:\s?h(?P<minute>[0-5]\d)?|:(?P<minutes>[0-5]\d))(?=\s|$)"
)
_VALUE = re.compile(r"(?<![\d.,٫])(?P<sign>[-−+]?)\s?(?P<number>\d{1,3}(?:[.,٫]\d{1,2})?)\s*(?:[°º]\s*c?|c)?\s*$")


class SmsReading(msgspec.Struct, frozen=True, kw_only=True):
    """A temperature in a unit; `clock` is the time of day it was read at, (hour, minute), None for now.

    `sure` is said of an unusual one that was asked back.
    """

    unit: Unit
    celsius: float
    clock: tuple[int, int] | None = None
    sure: bool = False


class SmsUndo(msgspec.Struct, frozen=True, kw_only=True):
    """The sender's last reading was wrong."""


class SmsPuzzle(msgspec.Struct, frozen=True, kw_only=True):
    """A text that says no temperature, or not of which of `units`."""

    units: tuple[Unit, ...]
    has_value: bool


def takes_back(text: str) -> bool:
    """Return whether a text says that what its sender told last was wrong."""
    return plain(text).strip(" .!") in _UNDO


def parse_sms(text: str, units: Sequence[Unit]) -> SmsReading | SmsUndo | SmsPuzzle:
    """Return what a text says; `units` are those that its sender may measure by hand.

    "4,5", "T 4.5", "2 4,5", "glaciere 2 -18 14h30", "45 oui". The cooler is named by its ID, its name or the number at
    the end of either; where there is only one, it need not be named.
    """
    if takes_back(text):
        return SmsUndo()
    bare = plain(text)
    sure = _SURE.search(bare) is not None
    rest, clock = _without_clock(_SURE.sub(" ", bare).strip())
    found = _VALUE.search(rest)
    if found is None:
        return SmsPuzzle(units=tuple(units), has_value=False)
    name = _FILLER.sub("", rest[: found.start()].strip(" :=,;.")).strip(" :=,;.")
    unit = named(name, units)
    try:
        celsius = celsius_typed(found["sign"] + found["number"])
    except Refused:
        return SmsPuzzle(units=tuple(units), has_value=False)
    if unit is None:
        return SmsPuzzle(units=tuple(units), has_value=True)
    return SmsReading(unit=unit, celsius=celsius, clock=clock, sure=sure)


def plain(text: str) -> str:
    """Return `text` in small letters without marks, its spaces single."""
    split = unicodedata.normalize("NFKD", text.casefold().replace("º", "°"))
    return " ".join("".join(letter for letter in split if not unicodedata.combining(letter)).split())


def _without_clock(text: str) -> tuple[str, tuple[int, int] | None]:
    found = _CLOCK.search(text)
    if found is None:
        return text, None
    clock = int(found["hour"]), int(found["minute"] or found["minutes"] or 0)
    return " ".join((text[: found.start()] + " " + text[found.end() :]).split()), clock


def named(name: str, units: Sequence[Unit]) -> Unit | None:
    """Return the one of `units` that a plain text names; where there is only one, it need not."""
    if not name:
        return units[0] if len(units) == 1 else None
    for names in (lambda unit: {unit.id, plain(unit.name)}, lambda unit: set(_numbers(unit))):
        found = [unit for unit in units if name in names(unit)]
        if len(found) == 1:
            return found[0]
    return None


def _numbers(unit: Unit) -> Sequence[str]:
    return [match[0] for text in (unit.id, unit.name) if (match := re.search(r"\d+$", text.strip()))]
