"""The words of messages: written in French and English, in other languages imported and checked by listeners."""

from coldchain_server.notifications.catalogue.languages import FIRST, LANGUAGES, WRITTEN
from coldchain_server.notifications.catalogue.lexicon import PACKAGED, Lexicon, lexicon_of
from coldchain_server.notifications.catalogue.texts import Catalogue, Part, every_key, part_of, placeholders, written

__all__ = [
    "FIRST",
    "LANGUAGES",
    "PACKAGED",
    "WRITTEN",
    "Catalogue",
    "Lexicon",
    "Part",
    "every_key",
    "lexicon_of",
    "part_of",
    "placeholders",
    "written",
]
