"""The state table of an incident: what each event makes of each state, and why."""

import enum
from itertools import product

import msgspec


class State(enum.Enum):
    """Where an incident is. `NONE` is before there is one."""

    NONE = "none"
    PENDING = "pending"  # found, and held for a short stated time, because a larger cause is likely
    OPEN = "open"  # people are told, until somebody answers
    ACKNOWLEDGED = "acknowledged"  # somebody has answered; it goes on
    SUPPRESSED = "suppressed"  # it goes on and is shown; nobody is told, as a mute or a larger cause covers it
    RESOLVED = "resolved"


class Event(enum.Enum):
    """What may happen to an incident of one cause: what the rules say of it, what a person does, what time brings."""

    BREACH = "breach"  # a rule finds a breach, and nothing speaks against telling it
    HELD = "held"  # a rule finds a breach that a larger cause is likely to explain
    COVERED = "covered"  # a mute or a larger cause covers it
    REOPENED = "reopened"  # a rule finds a breach soon after it was over
    WORSE = "worse"  # a rule finds a breach of a higher level than the incident has
    PAST = "past"  # it was over before anybody knew of it
    PARTLY_FINE = "partly-fine"  # a rule finds its breach over, while another still finds one
    FINE_FOR_NOW = "fine-for-now"  # no rule finds a breach any more, but it has come and gone too often
    FINE = "fine"  # no rule finds a breach any more
    WITHDRAWN = "withdrawn"  # nobody judges it any more
    UNKNOWN = "unknown"  # a rule cannot say
    ACKNOWLEDGE = "acknowledge"  # a person says that it is being handled
    SAID_MORE = "said-more"  # a person says what is done, where it had only been heard of
    UNDONE = "undone"  # a person takes that back
    DUE = "due"  # it was held for long enough
    RELEASED = "released"  # what covered it is over


class Reason(enum.Enum):
    """Why a decision is as it is."""

    BEGINS = "a breach begins"
    WAITS = "a larger cause is likely, and waited for"
    SPOKEN_FOR = "a mute or a larger cause covers it"
    BACK = "the breach is back soon after it was over"
    GOES_ON = "the breach goes on"
    WORSE = "the breach is worse than was known"
    TOO_LATE = "it was over before anybody knew of it"
    HELD = "nothing is known: what is open stays open"
    CALMING = "it has come and gone too often: it stays until it is calm"
    OVER = "the breach is over"
    NOT_JUDGED = "nobody judges it any more"
    HANDLED = "somebody handles it"
    SAID_MORE = "it had only been heard of; now somebody does something"
    TAKEN_BACK = "whoever answered has taken it back"
    WAITED = "no larger cause has shown: it stands for itself"
    UNCOVERED = "what covered it is over, and it goes on"
    NOTHING_OPEN = "nothing is open"
    FOR_GOOD = "resolved is for good: what comes later is another incident"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an event makes of an incident. `changes` is False where nothing is to be written."""

    to: State
    reason: Reason
    changes: bool


GOING_ON = (State.PENDING, State.OPEN, State.ACKNOWLEDGED, State.SUPPRESSED)
"""The states of an incident that is not over."""

_MOVES = {
    (State.NONE, Event.BREACH): (State.OPEN, Reason.BEGINS),
    (State.NONE, Event.WORSE): (State.OPEN, Reason.BEGINS),
    (State.NONE, Event.HELD): (State.PENDING, Reason.WAITS),
    (State.NONE, Event.COVERED): (State.SUPPRESSED, Reason.SPOKEN_FOR),
    (State.NONE, Event.PAST): (State.RESOLVED, Reason.TOO_LATE),
    (State.PENDING, Event.DUE): (State.OPEN, Reason.WAITED),
    (State.SUPPRESSED, Event.RELEASED): (State.OPEN, Reason.UNCOVERED),
    (State.ACKNOWLEDGED, Event.SAID_MORE): (State.ACKNOWLEDGED, Reason.SAID_MORE),
    (State.ACKNOWLEDGED, Event.UNDONE): (State.OPEN, Reason.TAKEN_BACK),
    (State.RESOLVED, Event.REOPENED): (State.OPEN, Reason.BACK),
    # Whoever acknowledged it did not know this: it is told again. What is covered has its level raised, no more.
    (State.PENDING, Event.WORSE): (State.OPEN, Reason.WORSE),
    (State.OPEN, Event.WORSE): (State.OPEN, Reason.WORSE),
    (State.ACKNOWLEDGED, Event.WORSE): (State.OPEN, Reason.WORSE),
    (State.SUPPRESSED, Event.WORSE): (State.SUPPRESSED, Reason.WORSE),
    # What somebody handles is covered by that alone.
    (State.PENDING, Event.COVERED): (State.SUPPRESSED, Reason.SPOKEN_FOR),
    (State.OPEN, Event.COVERED): (State.SUPPRESSED, Reason.SPOKEN_FOR),
    (State.PENDING, Event.ACKNOWLEDGE): (State.ACKNOWLEDGED, Reason.HANDLED),
    (State.OPEN, Event.ACKNOWLEDGE): (State.ACKNOWLEDGED, Reason.HANDLED),
    (State.SUPPRESSED, Event.ACKNOWLEDGE): (State.ACKNOWLEDGED, Reason.HANDLED),
    **{(state, Event.FINE): (State.RESOLVED, Reason.OVER) for state in GOING_ON},
    **{(state, Event.WITHDRAWN): (State.RESOLVED, Reason.NOT_JUDGED) for state in GOING_ON},
}
_STAYS = {
    Event.UNKNOWN: Reason.HELD,
    Event.FINE_FOR_NOW: Reason.CALMING,
    Event.ACKNOWLEDGE: Reason.HANDLED,
    Event.COVERED: Reason.HANDLED,
}


def _decision(state: State, event: Event) -> Decision:
    if (state, event) in _MOVES:
        to, reason = _MOVES[state, event]
        return Decision(to=to, reason=reason, changes=True)
    if state is State.NONE:
        reason = Reason.NOTHING_OPEN
    elif state is State.RESOLVED:
        reason = Reason.FOR_GOOD
    elif state is State.SUPPRESSED and event is Event.COVERED:
        reason = Reason.SPOKEN_FOR
    else:
        reason = _STAYS.get(event, Reason.GOES_ON)
    return Decision(to=state, reason=reason, changes=False)


TABLE = {(state, event): _decision(state, event) for state, event in product(State, Event)}
"""Every state with every event."""


def decide(state: State, event: Event) -> Decision:
    """Return what `event` makes of an incident in `state`."""
    return TABLE[state, event]
