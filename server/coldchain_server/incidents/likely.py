"""Whether a larger cause is likely behind silence, by who else is not heard since about then. Pure."""

from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec

from coldchain_server.fleet.voices import Voice
from coldchain_server.incidents.settings import IncidentSettings

Voices = Mapping[str, Sequence[Voice]]
"""The voices that tell by themselves, by site."""


class Hush(msgspec.Struct, frozen=True, kw_only=True):
    """Silence that was just found at a site, and what was last heard of every voice, in milliseconds."""

    site: str
    unit: str
    subject: str
    since_ms: int
    heard: Mapping[str, int]


def larger_cause_likely(hush: Hush, voices: Voices, settings: IncidentSettings) -> bool:
    """Return whether the other voices of the device, of the site, or of enough sites fell silent at about that time.

    Whoever has been heard since did not; whoever was silent long before says nothing.
    """
    here = voices.get(hush.site, ())
    mine = next((voice for voice in here if voice.probe == hush.subject and voice.unit == hush.unit), None)
    if mine is None:
        return False
    around_ms = settings.together_s * 1000
    beside = [voice for voice in here if voice is not mine]
    device = [voice for voice in beside if voice.device == mine.device]
    if device and _quiet(hush, device, around_ms):
        return True
    if not _quiet(hush, beside, around_ms):
        return False
    return bool(beside) or _sites_fell(hush, voices, around_ms, at_least=settings.outage_sites)


def _sites_fell(hush: Hush, voices: Voices, around_ms: int, *, at_least: int) -> bool:
    fell = (site for site, there in voices.items() if _quiet(hush, there, around_ms))
    return len(list(islice(fell, at_least))) == at_least


def _quiet(hush: Hush, voices: Sequence[Voice], around_ms: int) -> bool:
    """Return whether all of these were last heard at about the time that this silence began."""
    for voice in voices:
        heard_ms = hush.since_ms if voice.probe == hush.subject else hush.heard.get(voice.probe)
        if heard_ms is None or abs(heard_ms - hush.since_ms) > around_ms:
            return False
    return True
