"""Playing recordings through the Pi's sound: `aplay` and `amixer`, of Debian's alsa-utils."""

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from coldchain_device.errors import VoiceFailed

_LONGEST_S = 180.0
"""Of one speech; an `aplay` that hangs on a sound card that is gone is ended then."""


class Player(Protocol):
    """Plays files after each other. `play` is called from one thread, `stop` from any."""

    def play(self, files: Sequence[Path], *, volume_percent: int) -> None:
        """Play `files` and return once they are, or were stopped. `VoiceFailed` where that cannot be done."""
        ...

    def stop(self) -> None:
        """End what is playing, if anything is."""
        ...


class Aplay:
    """The sound card `device` of ALSA, the system's own where empty; its volume is set at `mixer`, not at all where
    empty."""

    def __init__(self, *, device: str = "", mixer: str = "", longest_s: float = _LONGEST_S) -> None:
        self._device, self._mixer, self._longest_s = device, mixer, longest_s
        self._lock = threading.Lock()
        self._playing: subprocess.Popen[bytes] | None = None

    def play(self, files: Sequence[Path], *, volume_percent: int) -> None:
        if self._mixer:
            self._run(["amixer", "-q", "-M", "sset", self._mixer, f"{volume_percent}%"])
        chosen = ["-D", self._device] if self._device else []
        self._run(["aplay", "-q", *chosen, *map(str, files)])

    def stop(self) -> None:
        with self._lock:
            if self._playing is not None:
                self._playing.terminate()

    def _run(self, command: list[str]) -> None:
        try:
            with self._lock:
                self._playing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            said, code = self._waited(self._playing, command[0])
        except OSError as error:
            raise VoiceFailed(f"{command[0]}: {error.strerror}; install alsa-utils") from error
        if code > 0:
            raise VoiceFailed(f"{command[0]} exits {code}: {said}; check voice.device, voice.mixer and the recordings")

    def _waited(self, process: "subprocess.Popen[bytes]", name: str) -> tuple[str, int]:
        """Return what `process` complained of and its exit; below 0 where it was stopped."""
        try:
            said = process.communicate(timeout=self._longest_s)[1]
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.communicate()
            raise VoiceFailed(f"{name} hangs; check voice.device") from error
        finally:
            with self._lock:
                self._playing = None
        return said.decode(errors="replace").strip()[:200], process.returncode
