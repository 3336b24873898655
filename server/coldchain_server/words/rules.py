"""What a text must be like before it is kept: rightly filled in, of one line, in one SMS, with nothing forbidden."""

from collections.abc import Iterator, Mapping

from coldchain_server.notifications.catalogue import (
    FIRST,
    Catalogue,
    Lexicon,
    Part,
    every_key,
    lexicon_of,
    part_of,
    placeholders,
    written,
)
from coldchain_server.notifications.news import advice_on
from coldchain_server.notifications.sms import room_left, septets
from coldchain_server.notifications.wording import message_text, what_key
from coldchain_server.words.everything import LONGEST_NAMES, Occasion, every_occasion
from coldchain_server.words.forbidden import MAY_SAY_BOIL, forbidden_in

_LONGEST_TEXT = 160
_LAST = "{action}"
_SHOWN = 5


def faults_of(key: str, text: str, language: str) -> Iterator[str]:
    """Yield what is wrong with one text by itself, with what to do about it."""
    if text != " ".join(text.split()):
        yield "has a line break, or blanks too many: write it in one line, words one blank apart"
    if len(text) > _LONGEST_TEXT:
        yield f"has {len(text)} letters: no message has more than {_LONGEST_TEXT}"
    yield from _filled_in(key, text)
    if word := forbidden_in(text, language, may_say_boil=key in MAY_SAY_BOIL):
        yield f"says {word!r}: nobody is told that milk is safe or good, or to taste it; here not to boil or ferment"


def _filled_in(key: str, text: str) -> Iterator[str]:
    french = written(FIRST)[key]
    wanted = set(placeholders(french))
    try:
        found = placeholders(text)
    except ValueError:
        yield "has a brace that is not closed: write {place} and the like as in the French text"
        return
    if missing := sorted(wanted - set(found)):
        yield f"lacks {_braced(missing)}: put it where the sentence wants it"
    if strange := sorted(set(found) - wanted):
        yield f"has {_braced(strange)}, which nothing fills in here: the French text has {_braced(sorted(wanted))}"
    if _LAST in french and french.endswith(_LAST) and not text.endswith(_LAST):
        yield f"does not end with {_LAST}: inside a curfew its last words must be those of stay-inside"
    if text.replace("{", "").count("}") != len(found) or any(f"{{{name}}}" not in text for name in found):
        yield "has braces with something else than a name in them: write {place} and the like as in the French text"


def _braced(names: list[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names) or "none"


def messages_too_long(language: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the messages that one SMS cannot hold, the worst first and once for what makes each up.

    Only what is said in `language` as a whole can be tried: nothing while a text of the alarms is missing.
    """
    lexicon = lexicon_of({language: texts})
    if language not in lexicon.languages(Part.ALARMS):
        return
    worst: dict[str, tuple[int, str]] = {}
    for occasion in every_occasion(*LONGEST_NAMES):
        text = message_text(occasion.news, language, now_ms=occasion.now_ms, lexicon=lexicon)
        if (over := -room_left(text)) > 0:
            made_of = _made_of(lexicon.catalogue(language), occasion)
            worst[made_of] = max(worst.get(made_of, (0, "")), (over, text))
    for made_of, (over, text) in sorted(worst.items(), key=lambda one: -one[1][0])[:_SHOWN]:
        yield f"{made_of}: together {over} {_too_many(text)}: {text!r}"


def _too_many(text: str) -> str:
    if septets(text) is not None:
        return "letters more than the 160 of one SMS"
    return "letters more than the 70 of one SMS (160 in letters of the GSM alphabet alone)"


def _made_of(words: Catalogue, occasion: Occasion) -> str:
    advice = advice_on(occasion.news, now_ms=occasion.now_ms)
    keys = (
        f"message.{occasion.news.change.value}",
        what_key(words, occasion.news),
        f"action.{advice.action.value}",
        f"by.{advice.when.value}",
    )
    return " + ".join(keys)


def missing_in(texts: Mapping[str, str], part: Part) -> list[str]:
    """Return the keys of `part` that `texts` lacks, in the order of the catalogue."""
    return [key for key in every_key() if part_of(key) is part and key not in texts]


def examples(lexicon: Lexicon, language: str) -> Iterator[tuple[str, str]]:
    """Yield key and a whole message in which its text is heard, for a translator to see where it stands."""
    seen: set[str] = set()
    for occasion in every_occasion("Frigo 2", "Ménaka"):
        for key in _made_of(lexicon.catalogue(language), occasion).split(" + "):
            if key not in seen:
                seen.add(key)
                yield key, message_text(occasion.news, language, now_ms=occasion.now_ms, lexicon=lexicon)
