"""The state table of an incident: total, each answer with a reason, over only by what ends it, as the page shows it."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.incidents.table import GOING_ON, TABLE, Event, Reason, State, decide

ALL = list(product(State, Event))
PAGE = (Path(__file__).parents[3] / "docs" / "judging.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([a-z-]+)`[^|]*\|(.+)\|$", re.MULTILINE)


@pytest.mark.parametrize(("state", "event"), ALL, ids=lambda one: one.value)
def test_every_state_has_an_answer_and_a_reason_for_every_event(state: State, event: Event) -> None:
    decision = decide(state, event)
    assert isinstance(decision.reason, Reason)
    assert decision.changes or decision.to is state
    assert decision.to is not State.NONE or state is State.NONE


def test_these_are_all_the_changes_there_are() -> None:
    changes = {(state.value, event.value, found.to.value) for (state, event), found in TABLE.items() if found.changes}
    assert changes == {
        ("none", "breach", "open"),
        ("none", "worse", "open"),
        ("none", "held", "pending"),
        ("none", "covered", "suppressed"),
        ("none", "past", "resolved"),
        ("pending", "due", "open"),
        ("pending", "worse", "open"),
        ("pending", "covered", "suppressed"),
        ("pending", "acknowledge", "acknowledged"),
        ("pending", "fine", "resolved"),
        ("pending", "withdrawn", "resolved"),
        ("open", "worse", "open"),
        ("open", "covered", "suppressed"),
        ("open", "acknowledge", "acknowledged"),
        ("open", "fine", "resolved"),
        ("open", "withdrawn", "resolved"),
        ("acknowledged", "worse", "open"),
        ("acknowledged", "said-more", "acknowledged"),
        ("acknowledged", "undone", "open"),
        ("acknowledged", "fine", "resolved"),
        ("acknowledged", "withdrawn", "resolved"),
        ("suppressed", "worse", "suppressed"),
        ("suppressed", "released", "open"),
        ("suppressed", "acknowledge", "acknowledged"),
        ("suppressed", "fine", "resolved"),
        ("suppressed", "withdrawn", "resolved"),
        ("resolved", "reopened", "open"),
    }


REASONS = {
    ("none", "breach"): Reason.BEGINS,
    ("none", "worse"): Reason.BEGINS,
    ("none", "held"): Reason.WAITS,
    ("none", "covered"): Reason.SPOKEN_FOR,
    ("none", "past"): Reason.TOO_LATE,
    ("none", "fine"): Reason.NOTHING_OPEN,
    ("pending", "due"): Reason.WAITED,
    ("pending", "held"): Reason.GOES_ON,
    ("pending", "covered"): Reason.SPOKEN_FOR,
    ("pending", "worse"): Reason.WORSE,
    ("pending", "acknowledge"): Reason.HANDLED,
    ("open", "worse"): Reason.WORSE,
    ("open", "covered"): Reason.SPOKEN_FOR,
    ("open", "breach"): Reason.GOES_ON,
    ("open", "unknown"): Reason.HELD,
    ("open", "partly-fine"): Reason.GOES_ON,
    ("open", "fine-for-now"): Reason.CALMING,
    ("open", "fine"): Reason.OVER,
    ("open", "withdrawn"): Reason.NOT_JUDGED,
    ("open", "acknowledge"): Reason.HANDLED,
    ("acknowledged", "worse"): Reason.WORSE,
    ("acknowledged", "acknowledge"): Reason.HANDLED,
    ("acknowledged", "covered"): Reason.HANDLED,
    ("acknowledged", "said-more"): Reason.SAID_MORE,
    ("acknowledged", "undone"): Reason.TAKEN_BACK,
    ("suppressed", "covered"): Reason.SPOKEN_FOR,
    ("suppressed", "acknowledge"): Reason.HANDLED,
    ("suppressed", "released"): Reason.UNCOVERED,
    ("suppressed", "worse"): Reason.WORSE,
    ("resolved", "reopened"): Reason.BACK,
    ("resolved", "fine"): Reason.FOR_GOOD,
    ("resolved", "breach"): Reason.FOR_GOOD,
}


@pytest.mark.parametrize(("at", "reason"), REASONS.items(), ids=str)
def test_a_decision_says_why(at: tuple[str, str], reason: Reason) -> None:
    assert decide(State(at[0]), Event(at[1])).reason is reason


def test_not_knowing_holds_what_goes_on() -> None:
    for state in GOING_ON:
        assert decide(state, Event.UNKNOWN).to is state
        assert decide(state, Event.UNKNOWN).reason is Reason.HELD


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_only_readings_withdrawal_or_being_past_resolve_and_only_a_return_opens_again(events: list[Event]) -> None:
    state = State.NONE
    for event in events:
        before, state = state, decide(state, event).to
        if state is State.RESOLVED and before is not State.RESOLVED:
            assert event in (Event.FINE, Event.WITHDRAWN, Event.PAST)
        if before is State.RESOLVED and state is not State.RESOLVED:
            assert (event, state) == (Event.REOPENED, State.OPEN)
        if before is State.ACKNOWLEDGED and state is State.OPEN:
            assert event in (Event.WORSE, Event.UNDONE)


def test_the_page_shows_the_table_as_it_is() -> None:
    shown = {
        (state.value, event): cell.strip().strip("*")
        for event, cells in _ROW.findall(PAGE)
        if event in {one.value for one in Event}
        for state, cell in zip(State, cells.split("|"), strict=True)
    }
    assert shown == {
        (state.value, event.value): found.to.value if found.changes else "–" for (state, event), found in TABLE.items()
    }
