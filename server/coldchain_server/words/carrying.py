"""The recordings that one device needs, put into a folder that is carried to its card."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_judgement.clips import SUFFIX, Clip, clips_for
from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.catalogue import FIRST, LANGUAGES
from coldchain_server.words.checks import Checks
from coldchain_server.words.recordings import Recordings


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into the folder in one language, and what is lacking."""

    language: str
    clips: tuple[Clip, ...]
    lacking: tuple[Clip, ...]


def languages_of(fleet: Fleet, device: DeviceId) -> tuple[str, ...]:
    """Return the languages of the people of a device's site, those that most know best first; French at least."""
    site, known = fleet.devices[device].site, dict.fromkeys(LANGUAGES, 0)
    for contact in fleet.contacts:
        if site in contact.sites:
            known[contact.language] = known.get(contact.language, 0) + 1
    spoken = [language for language, count in sorted(known.items(), key=lambda one: -one[1]) if count]
    return tuple(dict.fromkeys((*spoken, FIRST)))


def units_of(fleet: Fleet, device: DeviceId, now_ms: int) -> tuple[UnitId, ...]:
    """Return the units that a device has probes in."""
    placed = (placement for placement in fleet.placements if placement.device == device and placement.holds(now_ms))
    return tuple(dict.fromkeys(placement.unit for placement in placed))


def carry(
    recordings: Recordings, checks: Checks, languages: Iterable[str], units: Iterable[UnitId], folder: Path
) -> Iterator[Carried]:
    """Copy what two listeners have checked to `folder/LANGUAGE/CLIP.wav`; `BadEntry` where it cannot be written.

    What lies there besides stays.
    """
    wanted = tuple(clips_for(units))
    for language in languages:
        found = {clip: recordings.usable(language, clip, checks) for clip in wanted}
        for clip, recording in found.items():
            if recording is not None:
                _copy(recording.path, folder / language / f"{clip}{SUFFIX}")
        yield Carried(
            language=language,
            clips=tuple(clip for clip, recording in found.items() if recording is not None),
            lacking=tuple(clip for clip, recording in found.items() if recording is None),
        )


def _copy(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise BadEntry(f"{target} cannot be written: {error.strerror or error}") from error
