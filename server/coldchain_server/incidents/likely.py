"""Whether a larger cause is likely behind silence, by who else is not heard since about then. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from coldchain_server.fleet.voices import Voice
from coldchain_server.incidents.settings import IncidentSettings


class Hush(msgspec.Struct, frozen=True, kw_only=True):
    """Silence that was just found, and what was last heard of every voice, in milliseconds."""

    unit: str
    subject: str
    since_ms: int
    heard: Mapping[str, int]


def larger_cause_likely(hush: Hush, voices: Sequence[Voice], settings: IncidentSettings) -> bool:
    """Return whether the other voices of the device, of the site, or of enough sites fell silent at about that time.

    Whoever has been heard since did not; whoever was silent long before says nothing.
    """
    mine = next((voice for voice in voices if voice.probe == hush.subject and voice.unit == hush.unit), None)
    if mine is None or not mine.live:
        return False
    quiet = _Quiet(hush, [voice for voice in voices if voice.live], around_ms=settings.together_s * 1000)
    beside = [voice for voice in quiet.voices if voice.site == mine.site and voice is not mine]
    device = [voice for voice in beside if voice.device == mine.device]
    if device and all(map(quiet.holds, device)):
        return True
    if not all(map(quiet.holds, beside)):
        return False
    return bool(beside) or len(quiet.sites()) >= settings.outage_sites


class _Quiet:
    def __init__(self, hush: Hush, voices: Sequence[Voice], *, around_ms: int) -> None:
        self._hush, self.voices, self._around_ms = hush, voices, around_ms

    def holds(self, voice: Voice) -> bool:
        """Return whether a voice was last heard at about the time that this silence began."""
        heard_ms = self._hush.heard.get(voice.probe)
        if voice.probe == self._hush.subject:
            heard_ms = self._hush.since_ms
        return heard_ms is not None and abs(heard_ms - self._hush.since_ms) <= self._around_ms

    def sites(self) -> list[str]:
        """Return the sites of which nothing was heard since about then."""
        by_site: dict[str, list[Voice]] = defaultdict(list)
        for voice in self.voices:
            by_site[voice.site].append(voice)
        return [site for site, voices in by_site.items() if all(map(self.holds, voices))]
