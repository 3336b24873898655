"""Which texts may be used in which language: those written with the software, and those that listeners have checked."""

from collections.abc import Iterable, Mapping

import msgspec

from coldchain_server.notifications.catalogue.languages import FIRST, WRITTEN
from coldchain_server.notifications.catalogue.texts import Catalogue, Part, every_key, part_of, written


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """The usable texts of every language. `others` are the checked ones of languages that are not written here.

    `recorded` are the languages in which everything that a call may say is recorded and checked.
    """

    others: Mapping[str, Catalogue] = {}
    complete: Mapping[Part, frozenset[str]] = {}
    recorded: frozenset[str] = frozenset()

    def languages(self, part: Part = Part.ALARMS) -> frozenset[str]:
        """Return the languages in which every text of `part`, and of the alarms, may be used."""
        return self.complete.get(part, frozenset()) | frozenset(WRITTEN)

    def voices(self) -> frozenset[str]:
        """Return the languages that a call can speak: the recorded ones, and those a gateway's own voice reads."""
        return self.recorded | frozenset(WRITTEN)

    def catalogue(self, language: str, part: Part = Part.ALARMS) -> Catalogue:
        """Return the texts in `language`, in French where any of `part` is missing in it or not checked."""
        if language in WRITTEN:
            return written(language)
        return self.others[language] if language in self.languages(part) else written(FIRST)


def lexicon_of(checked: Mapping[str, Mapping[str, str]], recorded: Iterable[str] = ()) -> Lexicon:
    """Return the lexicon with the texts that were `checked`, by language and key, and with what is `recorded`."""
    others = {
        language: Catalogue(language=language, texts=texts)
        for language, texts in checked.items()
        if language not in WRITTEN
    }
    complete = {
        part: frozenset(language for language, words in others.items() if _needed(part) <= words.texts.keys())
        for part in Part
    }
    return Lexicon(others=others, complete=complete, recorded=frozenset(recorded))


PACKAGED = Lexicon()
"""What there is without a ledger: the texts written with the software."""


def _needed(part: Part) -> set[str]:
    return {key for key in every_key() if part_of(key) in (part, Part.ALARMS)}
