"""What a box has to show: its units as they stand, and the hour."""

import enum
from collections.abc import Mapping

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.curfew import Hour
from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why


class Aloud(enum.Enum):
    """What somebody may want to hear of the box now."""

    STATE = "state"  # how everything stands
    HEARD = "heard"  # the button was pressed: somebody knows
    POWER_BACK = "power-back"
    TRYING = "trying"  # this is only a try
    JUST_MILKED = "just-milked"  # the milk button was pressed, and what it said was taken
    THIS_MORNING = "this-morning"
    OLDER = "older-or-unknown"
    EMPTIED = "emptied"


_WORST_FIRST = (Light.RED, Light.AMBER, Light.UNKNOWN, Light.GREEN)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit shows now, and why: the worst that is found, None where nothing is; what is to be done with its milk.

    `heard` is whether somebody has answered for all that is found, `shouts` whether the box is to be heard until
    somebody does.
    """

    label: str
    light: Light
    heard: bool = False
    shouts: bool = False
    why: Why | None = None
    level: Level | None = None
    milk: Advice | None = None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a box has to show: its units, and the hour, by which it is loud or quiet."""

    units: Mapping[UnitId, Shown]
    hour: Hour

    @property
    def worst(self) -> Light:
        """The light of the whole box; unknown where it has no unit."""
        lights = {shown.light for shown in self.units.values()}
        return next((light for light in _WORST_FIRST if light in lights), Light.UNKNOWN)

    @property
    def shouts(self) -> bool:
        return any(shown.shouts for shown in self.units.values())

    @property
    def to_be_said(self) -> tuple[UnitId, ...]:
        """The units that the box speaks of by itself: what shouts, and outside a curfew what nobody has answered."""
        return tuple(
            unit
            for unit, shown in self.units.items()
            if shown.why is not None
            and (shown.shouts or (shown.light is Light.AMBER and not shown.heard and not self.hour.quiet))
        )
