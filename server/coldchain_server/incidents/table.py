"""The state table of an incident: what each event makes of each state, and why."""

import enum
from itertools import product

import msgspec


class State(enum.Enum):
    """Where an incident is. `NONE` is before there is one."""

    NONE = "none"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Event(enum.Enum):
    """What may happen to an incident of one cause: what the rules say of it, or what a person does."""

    BREACH = "breach"  # a rule finds a breach
    WORSE = "worse"  # a rule finds a breach of a higher level than the incident has
    PARTLY_FINE = "partly-fine"  # a rule finds its breach over, while another still finds one
    FINE = "fine"  # no rule finds a breach any more
    WITHDRAWN = "withdrawn"  # nobody judges it any more
    UNKNOWN = "unknown"  # a rule cannot say
    ACKNOWLEDGE = "acknowledge"  # a person says that it is being handled


class Reason(enum.Enum):
    """Why a decision is as it is."""

    BEGINS = "a breach begins"
    GOES_ON = "the breach goes on"
    WORSE = "the breach is worse than was known"
    HELD = "nothing is known: what is open stays open"
    OVER = "the breach is over"
    NOT_JUDGED = "nobody judges it any more"
    HANDLED = "somebody handles it"
    NOTHING_OPEN = "nothing is open"
    FOR_GOOD = "resolved is for good: what comes later is another incident"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an event makes of an incident. `changes` is False where nothing is to be written."""

    to: State
    reason: Reason
    changes: bool


_MOVES = {
    (State.NONE, Event.BREACH): (State.OPEN, Reason.BEGINS),
    (State.NONE, Event.WORSE): (State.OPEN, Reason.BEGINS),
    # Whoever acknowledged it did not know this: it is told again.
    (State.OPEN, Event.WORSE): (State.OPEN, Reason.WORSE),
    (State.ACKNOWLEDGED, Event.WORSE): (State.OPEN, Reason.WORSE),
    (State.OPEN, Event.ACKNOWLEDGE): (State.ACKNOWLEDGED, Reason.HANDLED),
    (State.OPEN, Event.FINE): (State.RESOLVED, Reason.OVER),
    (State.ACKNOWLEDGED, Event.FINE): (State.RESOLVED, Reason.OVER),
    (State.OPEN, Event.WITHDRAWN): (State.RESOLVED, Reason.NOT_JUDGED),
    (State.ACKNOWLEDGED, Event.WITHDRAWN): (State.RESOLVED, Reason.NOT_JUDGED),
}


def _decision(state: State, event: Event) -> Decision:
    if (state, event) in _MOVES:
        to, reason = _MOVES[state, event]
        return Decision(to=to, reason=reason, changes=True)
    if state is State.NONE:
        reason = Reason.NOTHING_OPEN
    elif state is State.RESOLVED:
        reason = Reason.FOR_GOOD
    elif event is Event.ACKNOWLEDGE:
        reason = Reason.HANDLED
    else:
        reason = Reason.HELD if event is Event.UNKNOWN else Reason.GOES_ON
    return Decision(to=state, reason=reason, changes=False)


TABLE = {(state, event): _decision(state, event) for state, event in product(State, Event)}
"""Every state with every event."""


def decide(state: State, event: Event) -> Decision:
    """Return what `event` makes of an incident in `state`."""
    return TABLE[state, event]
