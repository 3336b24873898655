"""What is said to nobody: that milk is safe or good, or to taste it; and to boil or ferment it, but in a few texts."""

import re
from types import MappingProxyType

_NEVER = MappingProxyType(
    {
        "fr": re.compile(
            r"\bs[uû]re?s?\b|sans danger|sans risque|\bsaine?s?\b|go[uûÛ]te|\bgo[uû]t\b"
            r"|potable|buvable|\bbuve[zr]|\bbon(ne)?s?\b",
            re.IGNORECASE,
        ),
        "en": re.compile(
            r"\bsafe|no risk|without risk|harmless|\btast|drinkable|\bdrink (it|this)|\bgood\b|\bfine\b",
            re.IGNORECASE,
        ),
    }
)
_PROCESSING = MappingProxyType(
    {
        "fr": re.compile(r"bouill|ferment|caill", re.IGNORECASE),
        "en": re.compile(r"\bboil|ferment|curdl", re.IGNORECASE),
    }
)
MAY_SAY_BOIL = frozenset({"action.sell", "action.boil-or-ferment", "message.boil", "spoken.boil-first", "card.boil"})
"""The texts of what is said only while the cautious estimate is under 10^6 a ml."""


def forbidden_in(text: str, language: str, *, may_say_boil: bool = False) -> str:
    """Return the first forbidden word of `text`, empty where there is none.

    Every language is searched for the French and English ones too, which are what is borrowed; the words of a language
    that is not written here are its two listeners' to hear.
    """
    for words in (_NEVER,) if may_say_boil else (_NEVER, _PROCESSING):
        for known in dict.fromkeys((language, *words)):
            if known in words and (found := words[known].search(text)):
                return found[0]
    return ""
