"""What a press of the box's one button means. Pure."""

import enum

import msgspec

BOUNCE_S = 0.3
"""Contacts that bounce, and a finger that slips, press again within that; nobody presses twice so soon on purpose."""
STUCK_S = 60.0
"""Nobody holds a button for so long: it is jammed, or its wire touches ground."""


class Press(enum.Enum):
    SHORT = "short"  # heard
    LONG = "long"  # say how things stand


class Presses(msgspec.Struct, frozen=True, kw_only=True):
    """Since when the button is down, whether that has been taken for a long press, and when it was last let go."""

    down_s: float | None = None
    long: bool = False
    up_s: float = float("-inf")


def down(state: Presses, *, now_s: float) -> Presses:
    """Return the state after the button went down; going down again within the bounce is no press."""
    if state.down_s is not None or now_s - state.up_s < BOUNCE_S:
        return state
    return Presses(down_s=now_s, up_s=state.up_s)


def held(state: Presses) -> tuple[Presses, Press | None]:
    """Return the state once the button has been down for as long as a long press takes, and the press: people hear at
    once that it is one."""
    if state.down_s is None or state.long:
        return state, None
    return msgspec.structs.replace(state, long=True), Press.LONG


def up(state: Presses, *, now_s: float) -> tuple[Presses, Press | None]:
    """Return the state after the button was let go, and the press: not one taken already, nor a stuck one."""
    if state.down_s is None:
        return state, None
    taken = state.long or stuck(state, now_s=now_s)
    return Presses(up_s=now_s), None if taken else Press.SHORT


def stuck(state: Presses, *, now_s: float) -> bool:
    """Return whether the button has been down for longer than anybody would press it."""
    return state.down_s is not None and now_s - state.down_s >= STUCK_S
