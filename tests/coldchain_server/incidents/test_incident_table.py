"""The state table of an incident: total, and never going back from resolved."""

from itertools import product

import pytest

from coldchain_server.incidents.table import TABLE, Event, Reason, State, decide

ALL = list(product(State, Event))


@pytest.mark.parametrize(("state", "event"), ALL, ids=lambda one: one.value)
def test_every_state_has_an_answer_and_a_reason_for_every_event(state: State, event: Event) -> None:
    decision = decide(state, event)
    assert isinstance(decision.reason, Reason)
    assert decision.changes or decision.to is state


def test_these_are_all_the_changes_there_are() -> None:
    changes = {(state.value, event.value, found.to.value) for (state, event), found in TABLE.items() if found.changes}
    assert changes == {
        ("none", "breach", "open"),
        ("none", "worse", "open"),
        ("open", "worse", "open"),
        ("open", "acknowledge", "acknowledged"),
        ("open", "fine", "resolved"),
        ("open", "withdrawn", "resolved"),
        ("acknowledged", "worse", "open"),
        ("acknowledged", "fine", "resolved"),
        ("acknowledged", "withdrawn", "resolved"),
    }


def test_not_knowing_holds_what_is_open() -> None:
    for state in (State.OPEN, State.ACKNOWLEDGED):
        assert decide(state, Event.UNKNOWN).to is state
        assert decide(state, Event.UNKNOWN).reason is Reason.HELD


def test_resolved_is_for_good() -> None:
    assert all(not decide(State.RESOLVED, event).changes for event in Event)
