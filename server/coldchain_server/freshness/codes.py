"""The codes of freshness cards: short enough to be typed, and with a last sign that shows a slip."""

import secrets

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, 1, I, L, O, which look alike; 31, a prime, so that every wrong sign and every two swapped ones show."""
_DRAWN = 8
LENGTH = _DRAWN + 1


def new_code() -> str:
    """Return a code that nobody can guess: one of 8·10^11."""
    drawn = "".join(secrets.choice(SIGNS) for _ in range(_DRAWN))
    return drawn + _check(drawn)


def read_code(text: str) -> str | None:
    """Return the code that somebody typed, in whatever case and with whatever between; None where it is none."""
    code = "".join(sign for sign in text.upper() if sign.isalnum())
    if len(code) != LENGTH or any(sign not in SIGNS for sign in code) or _check(code[:_DRAWN]) != code[_DRAWN]:
        return None
    return code


def spaced(code: str) -> str:
    """Return a code as it is shown: by threes."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def _check(drawn: str) -> str:
    return SIGNS[sum(place * SIGNS.index(sign) for place, sign in enumerate(drawn, start=1)) % len(SIGNS)]
