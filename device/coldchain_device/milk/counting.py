"""What the presses of a milk button say: how many short ones after each other, or one long one. Pure."""

import msgspec

from coldchain_device.milk.told import Said

BOUNCE_S = 0.05
"""Contacts that bounce press again within that. A finger that presses twice is slower, and must count: two presses that
were taken for one would make milk fresher than it is."""
PAUSE_S = 1.5
"""So long after the last press nothing more is coming."""
STUCK_S = 60.0
"""Nobody holds a button for so long: it is jammed, or its wire touches ground."""

_SAID = {1: Said.JUST_MILKED, 2: Said.THIS_MORNING}


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """Since when the button is down, when it was last let go, how often it was pressed; `over`: none of it counts."""

    down_s: float | None = None
    up_s: float = float("-inf")
    presses: int = 0
    over: bool = False


def down(state: Counting, *, now_s: float) -> Counting:
    """Return the state after the button went down."""
    if state.down_s is not None or now_s - state.up_s < BOUNCE_S:
        return state
    return msgspec.structs.replace(state, down_s=now_s)


def held(state: Counting) -> tuple[Counting, Said | None]:
    """Return the state once the button has been down for as long as a long press takes, and what that says: after
    short ones nobody knows what was meant, and nothing is."""
    if state.down_s is None or state.over:
        return state, None
    said = None if state.presses else Said.EMPTIED
    return msgspec.structs.replace(state, presses=0, over=True), said


def up(state: Counting, *, now_s: float) -> Counting:
    """Return the state after the button was let go."""
    if state.down_s is None:
        return state
    if state.over or stuck(state, now_s=now_s):
        return Counting(up_s=now_s)
    return Counting(up_s=now_s, presses=state.presses + 1)


def counted(state: Counting, *, now_s: float) -> tuple[Counting, Said | None]:
    """Return the state, and what the presses say once no more are coming: three or more, that nobody knows."""
    if not state.presses or state.down_s is not None or now_s - state.up_s < PAUSE_S - BOUNCE_S:
        return state, None
    return Counting(up_s=state.up_s), _SAID.get(state.presses, Said.OLDER)


def stuck(state: Counting, *, now_s: float) -> bool:
    """Return whether the button has been down for longer than anybody would press it."""
    return state.down_s is not None and now_s - state.down_s >= STUCK_S
