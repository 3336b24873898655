"""The recovery ladder: which step comes next, from how long the server has been silent and what was done. Pure."""

import enum

import msgspec


class Action(enum.Enum):
    """What can be done about the way to the server, the gentlest first."""

    RECONNECT = "reconnect"  # MQTT only
    BEARER = "bearer"  # the modem's data connection, down and up
    MODEM = "modem"  # the modem resets itself
    POWER = "power"  # the modem's supply is cut for some seconds
    REBOOT = "reboot"  # the whole device


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: due once the server has been silent for `after_s`."""

    after_s: float
    action: Action


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """How far up the ladder one silence has led: what was done, and when last (monotonic seconds)."""

    since_s: float
    taken: tuple[Action, ...] = ()
    last_s: float | None = None


def next_step(steps: tuple[Step, ...], climb: Climb, *, now_s: float, again_after_s: float) -> Step | None:
    """Return the step that is due at `now_s`; None where it is too early for any.

    Each of `steps` is taken once, in order, and never sooner after the one before it than the ladder has them apart, so
    that each has its time to help. When all are taken and none helped, the last is repeated every `again_after_s`.
    """
    left = [step for step in steps if step.action not in climb.taken]
    if left:
        return left[0] if now_s >= _due_s(steps, left[0], climb) else None
    if not steps or climb.last_s is None or now_s - climb.last_s < again_after_s:
        return None
    return steps[-1]


def usable(steps: tuple[Step, ...], *, able: frozenset[Action], broker_answers: bool) -> tuple[Step, ...]:
    """Return the steps that make sense now: what somebody here can do and, while the broker answers, no more than to
    connect anew. Then the network works, and no modem and no reboot brings back a server that is down."""
    allowed = able & {Action.RECONNECT} if broker_answers else able
    return tuple(sorted((step for step in steps if step.action in allowed), key=lambda step: step.after_s))


def took(climb: Climb, step: Step, *, now_s: float) -> Climb:
    """Return the climb once `step` was tried."""
    taken = climb.taken if step.action in climb.taken else (*climb.taken, step.action)
    return msgspec.structs.replace(climb, taken=taken, last_s=now_s)


def _due_s(steps: tuple[Step, ...], step: Step, climb: Climb) -> float:
    due_s = climb.since_s + step.after_s
    if climb.last_s is None:
        return due_s
    before_s = max((one.after_s for one in steps if one.after_s < step.after_s), default=0.0)
    return max(due_s, climb.last_s + step.after_s - before_s)
