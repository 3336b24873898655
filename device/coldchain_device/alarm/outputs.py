"""What a box shows and says its state with."""

from collections.abc import Mapping
from typing import Protocol

from coldchain_device.alarm.scene import Aloud, Scene


class Output(Protocol):
    """A light, a buzzer, a voice, a log. Called from one thread; must not block; its errors are logged, not borne."""

    def show(self, scene: Scene) -> None:
        """Show the state of the box; called whenever it changes, and at the start."""
        ...

    def say(self, aloud: Aloud, scene: Scene) -> None:
        """Say that aloud now, before anything else, because somebody asked; nothing where it cannot speak."""
        ...

    def identify(self) -> None:
        """Draw attention for a few seconds, so that a person finds this box."""
        ...

    def troubles(self) -> Mapping[str, str]:
        """Return what is wrong with it now: the name of each trouble, and what it is and what mends it."""
        ...

    def close(self) -> None: ...


class Still:
    """What most outputs do not do, and may inherit: speak, and have troubles."""

    def say(self, aloud: Aloud, scene: Scene) -> None:
        """It has no voice."""

    def troubles(self) -> Mapping[str, str]:
        return {}
