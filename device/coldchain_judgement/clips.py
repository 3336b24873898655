"""The recordings that a box speaks with: what each is called, and where it lies in the folder that carries them.

`FOLDER/LANGUAGE/CLIP.wav`, the language as in the catalogue of messages (fr, ttq, …). A sentence is a few clips after
each other: whose, what is wrong, what to do, by when, and inside a curfew that nobody goes out.
"""

import enum
from collections.abc import Iterable, Iterator
from typing import NewType

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.advice import Action, When
from coldchain_judgement.verdicts import FINDINGS, Why

Clip = NewType("Clip", str)
SUFFIX = ".wav"


class Saying(enum.Enum):
    """What a box says besides what is wrong with whom, and what to do."""

    NO_ALARM = "no-alarm"  # no alarm is on; says nothing of the milk
    NOT_KNOWN = "not-known"  # nothing is known of the milk: no probe has measured for a while
    HEARD = "heard"  # the button was pressed: somebody knows
    POWER_BACK = "power-back"
    STAY_INSIDE = "stay-inside"  # do not go out: the last words of everything inside a curfew
    TRYING = "trying"  # this is only a try
    JUST_MILKED = "just-milked"  # the milk button: this was taken
    THIS_MORNING = "this-morning"
    OLDER = "older-or-unknown"
    EMPTIED = "emptied"
    BOIL_FIRST = "boil-first"  # after whatever is said of raw milk that people may drink


def of_unit(unit: UnitId) -> Clip:
    """Return the clip that names a unit, as the people there call it."""
    return Clip(f"unit.{unit}")


def of_why(why: Why) -> Clip:
    return Clip(f"why.{why.value}")


def of_action(action: Action) -> Clip:
    return Clip(f"action.{action.value}")


def of_when(when: When) -> Clip:
    return Clip(f"when.{when.value}")


def of_saying(saying: Saying) -> Clip:
    return Clip(saying.value)


def clips_for(units: Iterable[UnitId]) -> Iterator[Clip]:
    """Yield every clip that a box with these units may want."""
    yield from map(of_unit, units)
    yield from map(of_saying, Saying)
    yield from (of_why(why) for why in Why if why not in _NOT_SAID)
    yield from (of_action(action) for action in Action if action is not Action.NOTHING)
    yield from (of_when(when) for when in When if when is not When.NOW)


_NOT_SAID = {
    Why.WITHIN,
    Why.HEARD_AGAIN,
    Why.PROBE_MENDED,
    Why.WITHDRAWN,
    *FINDINGS,
    Why.OUTAGE,
    Why.SITE_SILENT,
    Why.CHANNEL_DEAD,
    Why.JUMP,
    Why.STUCK,
    Why.SILENT,
}
"""Nothing is wrong with a unit then, or only a server can know it."""
