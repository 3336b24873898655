"""How far each language has come: its texts, its recordings, and what may be used of them. Pure but for the folder."""

import enum
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from coldchain_judgement.clips import Clip
from coldchain_server.errors import BadEntry
from coldchain_server.notifications.catalogue import LANGUAGES, WRITTEN, Lexicon, Part, every_key
from coldchain_server.words.checks import Checks, Kind
from coldchain_server.words.recordings import Recordings
from coldchain_server.words.rules import missing_in


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One language. `used` are the parts it is used for; `missing` counts the keys of each part without usable text."""

    language: str
    name: str
    texts: int
    checked: int
    used: tuple[Part, ...]
    missing: Mapping[Part, tuple[str, ...]]
    recordings: int
    recordings_used: int


class ClipState(enum.Enum):
    """What there is of one clip."""

    USED = "used"
    UNCHECKED = "not checked by two listeners"
    MISSING = "missing"
    UNUSABLE = "cannot be used"


class ClipStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One clip in one language; `trouble` says what is to be done about one that cannot be used."""

    clip: Clip
    state: ClipState
    listeners: tuple[str, ...] = ()
    trouble: str = ""


def standings(
    texts: Mapping[str, Mapping[str, str]], lexicon: Lexicon, clips: Mapping[str, Sequence[ClipStanding]]
) -> Iterator[Standing]:
    """Yield how every language stands, `texts` being the imported ones and `clips` all that are wanted."""
    for language, name in LANGUAGES.items():
        usable = lexicon.catalogue(language).texts if language in WRITTEN else _usable(lexicon, language)
        states = [clip.state for clip in clips[language]]
        yield Standing(
            language=language,
            name=name,
            texts=len(every_key()) if language in WRITTEN else len(texts.get(language, {})),
            checked=len(usable),
            used=tuple(part for part in Part if language in lexicon.languages(part)),
            missing={part: tuple(missing_in(usable, part)) for part in Part},
            recordings=sum(state is not ClipState.MISSING for state in states),
            recordings_used=sum(state is ClipState.USED for state in states),
        )


def clip_standing(recordings: Recordings, checks: Checks, language: str, clip: Clip) -> ClipStanding:
    """Return what there is of `clip` in `language`."""
    try:
        found = recordings.get(language, clip)
    except BadEntry as error:
        return ClipStanding(clip=clip, state=ClipState.UNUSABLE, trouble=str(error))
    if found is None:
        return ClipStanding(clip=clip, state=ClipState.MISSING)
    enough = checks.enough(language, clip, Kind.RECORDING, found.digest)
    return ClipStanding(
        clip=clip,
        state=ClipState.USED if enough else ClipState.UNCHECKED,
        listeners=checks.listeners(language, clip, Kind.RECORDING, found.digest),
    )


def _usable(lexicon: Lexicon, language: str) -> Mapping[str, str]:
    return lexicon.others[language].texts if language in lexicon.others else {}
