"""Who has checked a text or a recording, and whether that is enough for it to be used. Pure."""

import enum
from collections.abc import Iterable
from hashlib import sha256

import msgspec

LISTENERS_NEEDED = 2
"""How many different native listeners must have said that a text, or a recording, says what it should."""


class Kind(enum.Enum):
    TEXT = "text"
    RECORDING = "voice"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One listener's word. It holds for what has that `digest` only; what is made anew is checked anew."""

    language: str
    key: str
    kind: Kind
    digest: str
    listener: str


class Checks:
    """The checks there are."""

    def __init__(self, checks: Iterable[Check] = ()) -> None:
        self._listeners: dict[tuple[str, str, Kind, str], dict[str, str]] = {}
        for check in checks:
            heard = self._listeners.setdefault((check.language, check.key, check.kind, check.digest), {})
            heard.setdefault(_person(check.listener), check.listener)

    def listeners(self, language: str, key: str, kind: Kind, digest: str) -> tuple[str, ...]:
        """Return who has checked it, each person once however they spell their name."""
        return tuple(sorted(self._listeners.get((language, key, kind, digest), {}).values()))

    def enough(self, language: str, key: str, kind: Kind, digest: str) -> bool:
        return len(self.listeners(language, key, kind, digest)) >= LISTENERS_NEEDED


def digest_of(content: str | bytes) -> str:
    """Return what a check is bound to."""
    return sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def name_of(listener: str) -> str:
    """Return a listener's name without needless blanks."""
    return " ".join(listener.split())


def _person(listener: str) -> str:
    return name_of(listener).casefold()
