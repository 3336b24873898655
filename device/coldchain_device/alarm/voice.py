"""The box's voice: says what is wrong until somebody answers, and how things stand when somebody asks."""

import threading
import time
from collections.abc import Callable, Mapping

import msgspec

from coldchain_device.alarm import speech
from coldchain_device.alarm.player import Player
from coldchain_device.alarm.recordings import Recordings
from coldchain_device.alarm.repeating import Repeating, heed, spoken
from coldchain_device.alarm.scene import Aloud, Scene
from coldchain_device.alarm.speech import Speech
from coldchain_device.errors import VoiceFailed

FAILS, LACKS = "voice-fails", "clips-missing"


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """How loud the box speaks, in percent of its sound card; in a curfew, and while the time is not known, `quiet`."""

    loud: int
    quiet: int

    def at(self, scene: Scene) -> int:
        return self.quiet if scene.hour.quiet else self.loud


class Voice:
    """An `Output` that speaks, in a thread of its own: nothing waits for it to end, and somebody who asks goes first.

    What nobody has recorded is not said, and a sound card that fails is tried again with the next words: both are
    troubles until it speaks again. Light and buzzer do not depend on it.
    """

    def __init__(
        self, player: Player, recordings: Recordings, volume: Volume, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._player, self._recordings, self._volume, self._monotonic = player, recordings, volume, monotonic
        self._changed = threading.Condition()
        self._scene: Scene | None = None
        self._repeating = Repeating()
        self._asked: Speech = ()
        self._troubles: dict[str, str] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def show(self, scene: Scene) -> None:
        with self._changed:
            before, self._scene = self._repeating, scene
            self._repeating = heed(before, scene, now_s=self._monotonic())
            answered = before.matters and not self._repeating.matters
            self._changed.notify()
        if answered:
            self._player.stop()

    def say(self, aloud: Aloud, scene: Scene) -> None:
        with self._changed:
            self._scene, self._asked = scene, speech.of_asked(aloud, scene)
            self._changed.notify()
        self._player.stop()

    def identify(self) -> None:
        """Its light is what a box is found by."""

    def troubles(self) -> Mapping[str, str]:
        return self._troubles

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._player.stop()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (turn := self._turn()) is not None:
            self._speak(*turn)

    def _turn(self) -> tuple[Speech, Scene] | None:
        """Wait until there is something to say, and return it; None once the box stops."""
        with self._changed:
            while not self._closing:
                due_s, now_s = self._repeating.due_s, self._monotonic()
                if self._scene is not None and self._asked:
                    words, self._asked = self._asked, ()
                    return words, self._scene
                if self._scene is not None and due_s is not None and due_s <= now_s:
                    self._repeating = spoken(self._repeating, now_s=now_s)
                    return speech.of_alarm(self._scene), self._scene
                self._changed.wait(None if due_s is None else due_s - now_s)
        return None

    def _speak(self, words: Speech, scene: Scene) -> None:
        volume = self._volume.at(scene)
        if volume == 0:
            return
        spoken_in = self._recordings.of(words)
        needed = ", ".join(part.clip for part in words if not part.may_lack)
        troubles = {} if spoken_in else {LACKS: f"no language has recordings of all of {needed}"}
        try:
            for files in spoken_in:
                self._player.play(files, volume_percent=volume)
        except VoiceFailed as error:
            troubles = {FAILS: str(error)}
        self._troubles = troubles
