"""In which language a person is told, and whether that counts as told. Pure."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from coldchain_server.notifications.catalogue.languages import FIRST, WRITTEN


class Reader(Protocol):
    """What of a contact decides it: the language they know best, those they know besides, and whether they read."""

    @property
    def language(self) -> str: ...

    @property
    def also_reads(self) -> Collection[str]: ...

    @property
    def literate(self) -> bool: ...


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The language to tell somebody in. `counts` False: they do not understand it, so escalation goes on."""

    language: str
    counts: bool


def language_for(contact: Reader, usable: Collection[str] = WRITTEN) -> Told:
    """Return the language of a text to `contact`: the first they know of the `usable` ones, else French.

    `usable` are the languages whose texts may be used (`Lexicon.languages`).
    """
    known = (language for language in (contact.language, *contact.also_reads) if language in usable)
    language = next(known, FIRST)
    return Told(language=language, counts=reads(contact, language))


def voice_for(contact: Reader, recorded: Collection[str]) -> Told:
    """Return the language of a spoken message to `contact`, given in which it is `recorded`; no reading is needed."""
    known = (language for language in (contact.language, *contact.also_reads) if language in recorded)
    language = next(known, FIRST)
    return Told(language=language, counts=understands(contact, language))


def reads(contact: Reader, language: str) -> bool:
    """Whether a text in `language` tells this person anything: who does not read is told nothing by a text."""
    return contact.literate and understands(contact, language)


def understands(contact: Reader, language: str) -> bool:
    """Whether this person understands `language` when it is spoken."""
    return language == contact.language or language in contact.also_reads
