"""The recordings on the card: a folder for each language, a WAV file for each clip."""

from collections.abc import Iterable
from pathlib import Path

from coldchain_device.alarm.speech import Part, Speech
from coldchain_judgement.clips import SUFFIX, Clip


class Recordings:
    """Looks into its folder each time: what is added while the box runs is spoken from then on."""

    def __init__(self, folder: Path, languages: tuple[str, ...]) -> None:
        self._folder, self.languages = folder, languages

    def of(self, speech: Speech) -> tuple[tuple[Path, ...], ...]:
        """Return the files of a speech, in each language that has all of it, in the order of the languages.

        Half a sentence may say the contrary of the whole one, so a language that lacks a part is not spoken at all.
        """
        spoken = (self._in(language, speech) for language in self.languages)
        return tuple(files for files in spoken if files)

    def lacking(self, wanted: Iterable[Clip]) -> dict[str, tuple[Clip, ...]]:
        """Return which of `wanted` nobody has recorded, by language."""
        names = tuple(wanted)
        return {
            language: tuple(clip for clip in names if not self._file(language, clip).is_file())
            for language in self.languages
        }

    def _in(self, language: str, speech: Speech) -> tuple[Path, ...]:
        there = [(part, self._file(language, part.clip)) for part in speech]
        if any(_is_needed(part) and not file.is_file() for part, file in there):
            return ()
        return tuple(file for _, file in there if file.is_file())

    def _file(self, language: str, clip: Clip) -> Path:
        return self._folder / language / f"{clip}{SUFFIX}"


def _is_needed(part: Part) -> bool:
    return not part.may_lack
