"""What one SMS carries: 160 septets of the GSM 7-bit alphabet (3GPP TS 23.038), or 70 UTF-16 units beyond it."""

import unicodedata
from functools import lru_cache

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_NOTHING_BASIC = dict.fromkeys(map(ord, _BASIC))
_SEPTETS, _UNITS = 160, 70
# Latin letters of Mali, Niger and Burkina Faso that do not come apart into a plain letter and a mark.
_PLAIN = str.maketrans(
    {
        "ǝ": "e", "Ǝ": "E", "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O", "ɣ": "gh", "Ɣ": "Gh", "ŋ": "ng", "Ŋ": "Ng",
        "ɓ": "b", "Ɓ": "B", "ɗ": "d", "Ɗ": "D", "ƙ": "k", "Ƙ": "K", "ƴ": "y", "Ƴ": "Y", "ɲ": "ny", "Ɲ": "Ny",
        "ʃ": "sh", "Ʃ": "Sh", "œ": "oe", "Œ": "Oe", "’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": "-", "\u00a0": " ",
    }
)  # fmt: skip


def septets(text: str) -> int | None:
    """Return how many septets `text` takes, a letter of the extension table being two; None beyond the alphabet."""
    beyond = text.translate(_NOTHING_BASIC)
    if not beyond:
        return len(text)
    return len(text) + len(beyond) if _EXTENSION.issuperset(beyond) else None


def room_left(text: str) -> int:
    """Return how much of one SMS `text` leaves, in its own units; below 0 it does not fit."""
    taken = septets(text)
    return _UNITS - _units(text) if taken is None else _SEPTETS - taken


def size(text: str, *, gsm: bool) -> int:
    """Return what `text` takes of a message: septets in one of the GSM alphabet (`gsm`), else UTF-16 units."""
    return (septets(text) or 0) if gsm else _units(text)


@lru_cache(maxsize=1024)
def spelt_in_gsm(text: str) -> str | None:
    """Return `text` in letters of the GSM alphabet, marks dropped where need be; None in a script it has none of."""
    spelt = "".join(_spelt(letter) for letter in unicodedata.normalize("NFC", text).translate(_PLAIN))
    return spelt if septets(spelt) is not None else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _spelt(letter: str) -> str:
    if septets(letter) is not None:
        return letter
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return plain or letter
