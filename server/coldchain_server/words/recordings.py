"""Recordings of what is said aloud: one WAV file a clip, the same for the box and for telephone calls."""

import io
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from coldchain_judgement.clips import SUFFIX, Clip
from coldchain_server.errors import BadEntry
from coldchain_server.notifications.catalogue import LANGUAGES
from coldchain_server.words.checks import Checks, Kind, digest_of

RATES = (8_000, 16_000)
"""Samples a second: 8000 is what a telephone carries, 16000 sounds clearer from a box."""

SHORTEST_S, LONGEST_S = 0.2, 15.0
_LARGEST_BYTES = 44 + int(LONGEST_S * RATES[-1] * 2) + 4096
_HOW = f"record one voice, and turn it with: ffmpeg -i IN -ac 1 -ar {RATES[-1]} -c:a pcm_s16le OUT{SUFFIX}"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One clip in one language, as it lies in the folder: 16-bit samples of one channel."""

    language: str
    clip: Clip
    path: Path
    digest: str
    rate: int
    seconds: float


class Recordings:
    """A folder `LANGUAGE/CLIP.wav`, read anew whenever it is asked; it need not be there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, language: str, clip: Clip) -> Path:
        return self.folder / language / f"{clip}{SUFFIX}"

    def get(self, language: str, clip: Clip) -> Recording | None:
        """Return a clip's recording, None where there is none; `BadEntry` where it cannot be used."""
        path = self.path(language, clip)
        if "/" in clip or language not in LANGUAGES or not path.is_file():
            return None
        return _read(path, language, clip)

    def usable(self, language: str, clip: Clip, checks: Checks) -> Recording | None:
        """Return a clip's recording where it can be used and two listeners have checked this very one."""
        try:
            found = self.get(language, clip)
        except BadEntry:
            return None
        if found is None or not checks.enough(language, clip, Kind.RECORDING, found.digest):
            return None
        return found

    def spoken(self, language: str, clips: Sequence[Clip], checks: Checks) -> tuple[Recording, ...] | None:
        """Return what speaks all `clips` in `language`, None where any is missing, not checked, or of another rate."""
        whole: list[Recording] = []
        for clip in clips:
            found = self.usable(language, clip, checks)
            if found is None or (whole and found.rate != whole[0].rate):
                return None
            whole.append(found)
        return tuple(whole) or None

    def stamp(self) -> tuple[int, ...]:
        """Return numbers that change when a recording is added, taken away or made anew."""
        files = sorted(self.folder.glob(f"*/*{SUFFIX}")) if self.folder.is_dir() else []
        return tuple(number for path in files for number in _stamp(path))

    def strangers(self) -> Iterator[Path]:
        """Yield files that no clip in any language can be."""
        if self.folder.is_dir():
            for path in sorted(self.folder.rglob("*")):
                known = path.suffix == SUFFIX and path.parent.parent == self.folder and path.parent.name in LANGUAGES
                if path.is_file() and not known:
                    yield path


def joined(recordings: Sequence[Recording]) -> bytes:
    """Return clips of one rate after each other as one WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as whole:
        whole.setnchannels(1)
        whole.setsampwidth(2)
        whole.setframerate(recordings[0].rate)
        for recording in recordings:
            with wave.open(str(recording.path), "rb") as clip:
                whole.writeframes(clip.readframes(clip.getnframes()))
    return out.getvalue()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        known = path.stat()
    except OSError:
        return (0, 0)
    return (known.st_mtime_ns, known.st_ino)


def _read(path: Path, language: str, clip: Clip) -> Recording:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadEntry(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST_BYTES:
        raise BadEntry(f"{path} has {len(content)} bytes: a clip lasts at most {LONGEST_S:g} s; say it shorter")
    try:
        with wave.open(io.BytesIO(content), "rb") as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            held = len(sound.readframes(frames)) // (channels * width)
    except (wave.Error, EOFError) as error:
        raise BadEntry(f"{path} is no WAV file of plain samples; {_HOW}") from error
    if (channels, width) != (1, 2) or rate not in RATES:
        raise BadEntry(f"{path} has {channels} channels of {width * 8} bits, {rate} a second; {_HOW}")
    if held < frames:
        raise BadEntry(f"{path} ends before its sound does: copy it again")
    if not SHORTEST_S <= frames / rate <= LONGEST_S:
        raise BadEntry(f"{path} lasts {frames / rate:.1f} s: a clip lasts {SHORTEST_S:g} to {LONGEST_S:g} s")
    return Recording(
        language=language, clip=clip, path=path, digest=digest_of(content), rate=rate, seconds=frames / rate
    )
