"""Which readings to ask a device for now, and which will not come any more."""

import enum
from collections.abc import Iterable, Mapping

import msgspec

from coldchain_contract.sequences import Sequences

MOST_READINGS = 2000
MOST_RANGES = 100
"""Of one request: it stays far under the 16 KiB of a message, and so does an answer that names what is gone."""
MOST_ASKED = 3

_NONE = Sequences()


class WhyLost(enum.Enum):
    """Why readings that were numbered will not come any more."""

    GONE = "gone"  # the device says, or its lowest number shows, that they are no longer on its card
    NEVER_CAME = "never-came"  # asked for and promised three times


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How far an outbox reaches, as its device's last status says.

    `waiting` are the numbers that the device holds unconfirmed and sends without being asked; None where it says only
    how many there are.
    """

    lowest: int
    highest: int
    unconfirmed: int = 0
    waiting: Sequences | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of an outbox's numbers here.

    `under_way` are in requests that are open, or were answered so lately that the readings may still be travelling;
    `answered` are the numbers of every request for them that was answered.
    """

    received: Sequences = _NONE
    refused: Sequences = _NONE
    lost: Sequences = _NONE
    under_way: Sequences = _NONE
    answered: tuple[Sequences, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask for with one request, and what is lost, by why. Nothing is in two of them."""

    ask: Sequences = _NONE
    lost: Mapping[WhyLost, Sequences] = {}


def decide(extent: Extent, account: Account) -> Decision:
    """Return what is to be done about the numbers of an outbox that are missing here.

    What was refused counts as dealt with, what the device still sends of itself is left to it, and what is below its
    lowest number is gone. Oldest first, at most `MOST_READINGS` in `MOST_RANGES`; the rest follows on the answer.
    """
    missing = Sequences.span(1, extent.highest) - account.received - account.refused - account.lost
    gone = missing & Sequences.span(1, extent.lowest - 1)
    here = missing - gone
    idle = here - _coming(here, extent) - account.under_way
    never = idle & _in_at_least(MOST_ASKED, account.answered)
    lost = {WhyLost.GONE: gone - account.under_way, WhyLost.NEVER_CAME: never}
    return Decision(
        ask=_one_request(idle - never), lost={why: numbers for why, numbers in lost.items() if numbers.ranges}
    )


def _coming(missing: Sequences, extent: Extent) -> Sequences:
    """Return what of `missing` the device sends of itself.

    One that says only how many it holds is asked once more are missing than that: some are then surely not among them,
    and being asked for what it would have sent anyway costs a device nothing.
    """
    if extent.waiting is not None:
        return missing & extent.waiting
    return missing if len(missing) <= extent.unconfirmed else _NONE


def _in_at_least(times: int, sets: Iterable[Sequences]) -> Sequences:
    """Return the numbers that are in at least `times` of `sets`."""
    levels = [_NONE] * times
    for one in sets:
        for level in range(times - 1, 0, -1):
            levels[level] |= levels[level - 1] & one
        levels[0] |= one
    return levels[-1]


def _one_request(numbers: Sequences) -> Sequences:
    return Sequences(numbers.ranges[:MOST_RANGES]).cut(MOST_READINGS)[0]
