"""Mistakes in a settings file: where, what was found, what is allowed, and the nearest name."""

from collections.abc import Iterable

import msgspec


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. `key` is dotted, as in `site.menaka.units[2].profile`; `near` is empty where nothing is near."""

    file: str
    key: str
    found: str
    allowed: str
    near: str = ""

    def __str__(self) -> str:
        hint = f"; did you mean {self.near}?" if self.near else ""
        return f"{self.file}: {self.key or 'the file'}: found {self.found}, allowed {self.allowed}{hint}"


class BadSettings(ValueError):
    """A settings file with mistakes: all of them, one a line."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the one of `names` that `word` was most likely meant to be, or an empty text."""
    by_folded = {name.casefold(): name for name in names}
    import difflib  # noqa: PLC0415 - a device whose settings are right never needs it

    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""
