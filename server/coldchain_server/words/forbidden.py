"""What is said to nobody: that milk is safe or good, to taste it, to boil or to ferment it. Pure."""

import re
from types import MappingProxyType

_NEVER = MappingProxyType(
    {
        "fr": re.compile(
            r"\bs[uû]re?s?\b|sans danger|sans risque|\bsaine?s?\b|go[uûÛ]te|\bgo[uû]t\b|bouill|ferment|caill"
            r"|potable|buvable|\bbuve[zr]|\bbon(ne)?s?\b",
            re.IGNORECASE,
        ),
        "en": re.compile(
            r"\bsafe|no risk|without risk|harmless|\btast|\bboil|ferment|curdl"
            r"|drinkable|\bdrink (it|this)|\bgood\b|\bfine\b",
            re.IGNORECASE,
        ),
    }
)


def forbidden_in(text: str, language: str) -> str:
    """Return the first forbidden word of `text`, empty where there is none.

    Every language is searched for the French and English ones too, which are what is borrowed; the words of a language
    that is not written here are its two listeners' to hear.
    """
    for known in dict.fromkeys((language, *_NEVER)):
        if known in _NEVER and (found := _NEVER[known].search(text)):
            return found[0]
    return ""
