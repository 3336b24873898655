"""Filling: the milk that was poured in last, what is learnt from it, and what it means to the limits of warm milk."""

import msgspec

from coldchain_judgement.capacity import Capacity, is_cooled, learnt, stands_still
from coldchain_judgement.curve import Drawn
from coldchain_judgement.limits import Cooling
from coldchain_judgement.rules import fill as fills
from coldchain_judgement.rules.fill import Fill


class Hold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`held`: the milk is warm because it was just poured in, and gets colder as it does in this unit. `uncooled`: it
    was poured in and does not, against what this asks for."""

    held: bool = False
    uncooled: Cooling | None = None


NO_HOLD = Hold()
_HELD = Hold(held=True)


class Filled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fill after the next point of the curve. `new_batch`: it has just shown that the unit was empty before it.

    `learnt_from_ms` is when the fill began that taught something now.
    """

    fill: Fill | None
    capacity: Capacity
    hold: Hold
    new_batch: bool = False
    learnt_from_ms: int | None = None


def step(
    fill: Fill | None,
    capacity: Capacity,
    cooling: Cooling,
    drawn: Drawn,
    *,
    at_ms: int,
    warm_celsius: float,
    gap: bool,
) -> Filled:
    """Follow a fill to the next point of the curve; what it teaches is learnt when it ends or another one follows."""
    now = fills.step(fill, drawn, at_ms=at_ms, warm_celsius=warm_celsius, cold_celsius=cooling.celsius, gap=gap)
    if now is None:
        return Filled(fill=None, capacity=capacity, hold=NO_HOLD)
    over = _over(fill, now)
    if over is not None and not over.slow:
        capacity = learnt(capacity, over, until_ms=at_ms)
    hold = NO_HOLD
    if now.open:
        hold = _HELD if is_cooled(now, capacity, cooling, at_ms=at_ms) else Hold(uncooled=cooling)
        if not now.slow and stands_still(now, capacity, at_ms=at_ms):
            now = msgspec.structs.replace(now, slow=True)
    return Filled(
        fill=now,
        capacity=capacity,
        hold=hold,
        new_batch=not now.blend and (fill is None or fill.begun_ms != now.begun_ms or fill.blend),
        learnt_from_ms=over.begun_ms if over is not None else None,
    )


def _over(before: Fill | None, now: Fill) -> Fill | None:
    """Return the fill that has just ended, or was still warm when another followed."""
    if before is None or not before.open:
        return None
    if now.begun_ms != before.begun_ms:
        return before
    return None if now.open else now
