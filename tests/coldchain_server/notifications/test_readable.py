"""In which language somebody is told, and whether that counts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.notifications.catalogue import FIRST, LANGUAGES
from coldchain_server.notifications.catalogue.readable import Told, language_for, reads, understands, voice_for


class Person(msgspec.Struct, frozen=True, kw_only=True):
    language: str = "fr"
    also_reads: tuple[str, ...] = ()
    literate: bool = True


@pytest.mark.parametrize(
    ("person", "usable", "told"),
    [
        (Person(), ("fr", "en"), Told(language="fr", counts=True)),
        (Person(language="en"), ("fr", "en"), Told(language="en", counts=True)),
        (Person(language="ttq"), ("fr", "en"), Told(language="fr", counts=False)),
        (Person(language="ttq", also_reads=("fr",)), ("fr", "en"), Told(language="fr", counts=True)),
        (Person(language="ttq", also_reads=("ha", "fr")), ("fr", "ha"), Told(language="ha", counts=True)),
        (Person(language="ttq"), ("fr", "ttq"), Told(language="ttq", counts=True)),
        (Person(language="ttq", literate=False), ("fr", "ttq"), Told(language="ttq", counts=False)),
        (Person(literate=False), ("fr",), Told(language="fr", counts=False)),
    ],
)
def test_a_text_counts_where_the_person_reads_the_language_it_is_in(
    person: Person, usable: tuple[str, ...], told: Told
) -> None:
    assert language_for(person, usable) == told


def test_who_does_not_read_is_told_by_a_voice_all_the_same() -> None:
    person = Person(language="ttq", literate=False)
    assert voice_for(person, {"ttq"}) == Told(language="ttq", counts=True)
    assert voice_for(person, {"fr"}) == Told(language="fr", counts=False)


languages = st.sampled_from(list(LANGUAGES))


@given(
    person=st.builds(Person, language=languages, also_reads=st.lists(languages).map(tuple), literate=st.booleans()),
    usable=st.sets(languages),
)
def test_nobody_is_told_in_a_language_that_may_not_be_used(person: Person, usable: set[str]) -> None:
    told = language_for(person, usable)
    assert told.language in usable | {FIRST}
    assert told.counts == reads(person, told.language)
    assert not told.counts or (person.literate and understands(person, told.language))
