"""The keys that answer, by keypad or as a text of their own. Pure."""

import unicodedata

from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.incidents.handling import Handling

KEYS = {"1": Handling.MILK_MOVED, "2": Handling.POWER_OUT, "3": Handling.LOOKING}
REPEAT = "9"
_STATE = frozenset("?؟")
_BESIDE = " .!,;:\"'«»()"


def pressed(digits: str) -> Handling | None:
    """Return what keys of a telephone say; None where they say nothing."""
    return KEYS.get(digits.strip("*# "))


def answer_in(text: str) -> Handling | None:
    """Return what a text that is one key and nothing else says, in whatever digits; None for any other text.

    "3" is an answer, "3,0" a temperature, "3 4,5" one in cooler 3.
    """
    bare = unicodedata.normalize("NFKC", text).strip().strip(_BESIDE)
    if len(bare) != 1 or not bare.isdecimal():
        return None
    return KEYS.get(str(unicodedata.digit(bare)))


def asks_state(text: str) -> bool:
    """Return whether a text asks how things are now."""
    bare = text.strip()
    return bool(bare) and set(bare) <= _STATE


def of_line(answer: LineAnswer) -> Handling:
    """Return what a missed call to a line says."""
    return Handling(answer.value)
