"""What a box says of its state: clips after each other, by the advice that messages and pages give too. Pure."""

from collections.abc import Iterator
from datetime import time

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.scene import Aloud, Scene, Shown
from coldchain_judgement import clips
from coldchain_judgement.advice import Action, Advice, When, advise
from coldchain_judgement.clips import Clip, Saying
from coldchain_judgement.light import Light
from coldchain_judgement.verdicts import Why

_NOON = time(12)


class Part(msgspec.Struct, frozen=True):
    """One clip of a speech; what `may_lack` may be left out where nobody has recorded it."""

    clip: Clip
    may_lack: bool = False


Speech = tuple[Part, ...]


def of_alarm(scene: Scene) -> Speech:
    """Return what the box says by itself: of the units that nobody has answered for; nothing where there is none."""
    wrong = [(unit, scene.units[unit]) for unit in scene.to_be_said]
    return _ended(tuple(part for unit, shown in _worst_first(wrong) for part in _of_unit(unit, shown, scene)), scene)


def of_state(scene: Scene) -> Speech:
    """Return what is said to somebody who asks: every unit, those with an alarm first; one sentence where all is well.

    That no alarm is on says nothing of the milk.
    """
    if scene.worst is Light.GREEN and not any(shown.milk for shown in scene.units.values()):
        return _ended((_saying(Saying.NO_ALARM),), scene)
    units = _worst_first(list(scene.units.items()))
    said = tuple(part for unit, shown in units for part in _of_unit(unit, shown, scene))
    return _ended(said or (_saying(Saying.NOT_KNOWN),), scene)


def of_asked(aloud: Aloud, scene: Scene) -> Speech:
    """Return what is said to somebody who wants to hear that."""
    return of_state(scene) if aloud is Aloud.STATE else _ended((_saying(_SAYINGS[aloud]),), scene)


def _of_unit(unit: UnitId, shown: Shown, scene: Scene) -> Iterator[Part]:
    yield Part(clips.of_unit(unit), may_lack=True)
    if shown.why is None or shown.level is None:
        if shown.light is Light.UNKNOWN:
            yield _saying(Saying.NOT_KNOWN)
            return
        if shown.light is Light.GREEN:
            yield _saying(Saying.NO_ALARM)
        if shown.milk is not None:
            yield from _of_milk(shown.milk, scene)
        return
    yield Part(clips.of_why(shown.why))
    if shown.milk is not None and (shown.why is Why.TIME_LEFT or shown.milk.action is Action.NOT_FOR_DRINKING):
        yield from _of_milk(shown.milk, scene)
        return
    # Where the time is not known the advice is that of a curfew, which asks for nothing outside the house.
    local = scene.hour.local or _NOON
    yield from _advised(advise(shown.why, shown.level, hot=False, local=local, in_curfew=scene.hour.quiet))


def _of_milk(advice: Advice, scene: Scene) -> Iterator[Part]:
    """What to do with milk, by when where the time is known; whoever may drink it is told to boil it first."""
    known = advice if scene.hour.local is not None else msgspec.structs.replace(advice, when=When.NOW)
    yield from _advised(known)
    if advice.action is Action.KEEP_CLOSED:  # the other actions on milk that people may drink say so themselves
        yield _saying(Saying.BOIL_FIRST)


def _advised(advice: Advice) -> Iterator[Part]:
    if advice.action is not Action.NOTHING:
        yield Part(clips.of_action(advice.action))
    if advice.when is not When.NOW:
        yield Part(clips.of_when(advice.when))


def _worst_first(units: list[tuple[UnitId, Shown]]) -> list[tuple[UnitId, Shown]]:
    return sorted(units, key=lambda one: (_RANKS[one[1].light], one[0]))


def _ended(speech: Speech, scene: Scene) -> Speech:
    return (*speech, _saying(Saying.STAY_INSIDE)) if speech and scene.hour.quiet else speech


def _saying(saying: Saying) -> Part:
    return Part(clips.of_saying(saying))


_SAYINGS = {
    Aloud.HEARD: Saying.HEARD,
    Aloud.POWER_BACK: Saying.POWER_BACK,
    Aloud.TRYING: Saying.TRYING,
    Aloud.JUST_MILKED: Saying.JUST_MILKED,
    Aloud.THIS_MORNING: Saying.THIS_MORNING,
    Aloud.OLDER: Saying.OLDER,
    Aloud.EMPTIED: Saying.EMPTIED,
}
_RANKS = {Light.RED: 0, Light.AMBER: 1, Light.UNKNOWN: 2, Light.GREEN: 3}
