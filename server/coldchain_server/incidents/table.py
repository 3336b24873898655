"""The state table of an incident: from a state and an event to the next state, total, with its reason."""

import enum


class State(enum.Enum):
    """`NONE` is before there is an incident."""

    NONE = "none"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Event(enum.Enum):
    """What may happen to an incident."""

    BREACH = "breach"  # a rule of this cause found a breach
    WORSE = "worse"  # another rule of the same cause found a breach of a higher level
    FINE = "fine"  # no rule of this cause finds a breach any more
    ACKNOWLEDGE = "acknowledge"  # a person says that it is being handled


_MOVES = {
    (State.NONE, Event.BREACH): State.OPEN,
    (State.NONE, Event.WORSE): State.OPEN,
    (State.OPEN, Event.WORSE): State.OPEN,
    (State.OPEN, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.OPEN, Event.FINE): State.RESOLVED,
    (State.ACKNOWLEDGED, Event.WORSE): State.OPEN,
    (State.ACKNOWLEDGED, Event.FINE): State.RESOLVED,
}


def moved(state: State, event: Event) -> State | None:
    """Return the state that `event` leads to, or None where it changes nothing.

    What is resolved stays so: a new breach is a new incident. Worse news of what was acknowledged opens it again, for
    whoever acknowledged it did not know this.
    """
    return _MOVES.get((state, event))
