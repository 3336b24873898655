"""What a box shows its state with."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.light import Light


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit shows now. `heard` is whether somebody has pressed the button since it turned red."""

    label: str
    light: Light
    heard: bool


class Output(Protocol):
    """A light, a buzzer, a voice, a log. Called from one thread; must not block; its errors are logged, not borne."""

    def show(self, units: Mapping[UnitId, Shown]) -> None:
        """Show the state of every unit of the box; called whenever one changes, and at the start."""
        ...

    def identify(self) -> None:
        """Draw attention for a few seconds, so that a person finds this box."""
        ...

    def close(self) -> None: ...
