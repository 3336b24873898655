"""When a box speaks by itself: at once what is new, again after growing pauses until somebody answers. Pure."""

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.scene import Scene
from coldchain_judgement.verdicts import Why

FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 1800.0

Matter = tuple[UnitId, Why | None]


class Repeating(msgspec.Struct, frozen=True, kw_only=True):
    """What the box has to say, whether it shouts, how often it has said it, and when it is due next.

    `due_s` None: there is nothing to say, or nothing to say again.
    """

    matters: frozenset[Matter] = frozenset()
    shouts: bool = False
    said: int = 0
    due_s: float | None = None


def heed(state: Repeating, scene: Scene, *, now_s: float) -> Repeating:
    """Return the state once the box shows `scene`.

    Whatever is new, or shouts now and did not, is said at once: a warning once, what shouts until it is answered. What
    is answered or over needs no more words.
    """
    matters = frozenset((unit, scene.units[unit].why) for unit in scene.to_be_said)
    if matters - state.matters or (scene.shouts and not state.shouts):
        return Repeating(matters=matters, shouts=scene.shouts, due_s=now_s)
    goes_on = scene.shouts or (matters and not state.said)
    return Repeating(matters=matters, shouts=scene.shouts, said=state.said, due_s=state.due_s if goes_on else None)


def spoken(state: Repeating, *, now_s: float) -> Repeating:
    """Return the state once all of it has been said: what shouts is due again, each time after twice the pause."""
    pause_s = min(FIRST_PAUSE_S * 2**state.said, LONGEST_PAUSE_S)
    due_s = now_s + pause_s if state.shouts else None
    return Repeating(matters=state.matters, shouts=state.shouts, said=state.said + 1, due_s=due_s)
