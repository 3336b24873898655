"""Answers by SMS are in a language the person knows, once it may be used."""

import pytest

from coldchain_server.answers.speaking import Speaking
from coldchain_server.fleet.model import Contact, Role
from coldchain_server.notifications.catalogue import FIRST, PACKAGED, Lexicon, Part, lexicon_of, part_of, written

TAMAJAQ = {key: f"t {text}" for key, text in written(FIRST).texts.items()}
ALARMS_ONLY = {key: text for key, text in TAMAJAQ.items() if part_of(key) is Part.ALARMS}


def person(language: str, *also_reads: str) -> Contact:
    return Contact(
        id="fati", name="Fati", language=language, also_reads=also_reads, role=Role.COOPERATIVE, sites=(), channels=()
    )


@pytest.mark.parametrize(
    ("who", "lexicon", "language"),
    [
        (person("fr"), PACKAGED, "fr"),
        (person("ha", "en"), PACKAGED, "en"),
        (person("ttq"), PACKAGED, "fr"),
        (person("ttq", "en"), lexicon_of({"ttq": ALARMS_ONLY}), "en"),
        (person("ttq", "en"), lexicon_of({"ttq": TAMAJAQ}), "ttq"),
    ],
)
def test_an_answer_is_in_the_first_language_known_that_may_be_used(
    who: Contact, lexicon: Lexicon, language: str
) -> None:
    speaking = Speaking.to(who, lexicon)
    assert speaking.language == language
    assert speaking.help(stay=False).startswith("t ") == (language == "ttq")
