"""Two boxes under one name show when one speaks on after the other; a restart and a new card do not."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.messages import Status
from coldchain_server.asking.twins import QUIET_MS, Change, Voices, listen

MINUTE_MS = 60_000


def status(boot: str, uptime_s: int, outbox: str = "o") -> Status:
    return Status(at_ms=0, online=True, boot_id=boot, outbox=outbox, uptime_s=uptime_s)


def heard(*said: Status, every_ms: int = MINUTE_MS) -> list[Change]:
    voices, changes = Voices(), []
    for number, one in enumerate(said):
        voices, change = listen(voices, one, at_ms=number * every_ms)
        changes.append(change)
    return changes


def test_a_box_that_speaks_on_after_another_was_heard_shows_that_there_are_two() -> None:
    assert heard(status("a", 10), status("b", 5), status("a", 70)) == [Change.NONE, Change.NONE, Change.BEGAN]


def test_it_goes_on_while_they_take_turns() -> None:
    told = heard(status("a", 1), status("b", 1), status("a", 2), status("b", 2), status("b", 3), status("a", 3))
    assert told[2:] == [Change.BEGAN, Change.GOES_ON, Change.NONE, Change.GOES_ON]


def test_a_restart_a_new_card_and_the_old_card_again_show_nothing() -> None:
    said = (status("a", 900), status("b", 5), status("c", 5, "new"), status("d", 5, "o"), status("d", 3605, "o"))
    assert set(heard(*said)) == {Change.NONE}


def test_a_cloned_card_shows_though_both_boxes_name_the_same_outbox() -> None:
    assert Change.BEGAN in heard(status("a", 10, "same"), status("b", 10, "same"), status("a", 70, "same"))


def test_it_is_over_once_one_box_alone_was_heard_for_hours() -> None:
    crossing = [status("a", 1), status("b", 1), status("a", 2)]
    after = [status("a", 2 + 3600 * hour) for hour in range(1, 5)]
    told = heard(*crossing, *after, every_ms=QUIET_MS // 3)
    assert told == [Change.NONE, Change.NONE, Change.BEGAN, Change.NONE, Change.NONE, Change.ENDED, Change.NONE]


def test_a_status_without_boot_or_outbox_shows_nothing() -> None:
    will = Status(at_ms=0, online=False)
    assert set(heard(status("a", 1), will, status("a", 2), will, status("a", 3))) == {Change.NONE}


@st.composite
def one_box(draw: st.DrawFn) -> list[Status]:
    """One box: boots one after another, each with its statuses, delivered at least once and perhaps repeated late."""
    said: list[Status] = []
    for boot in range(draw(st.integers(1, 4))):
        uptimes = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=5)))
        said += [status(f"boot{boot}", uptime, draw(st.sampled_from(("x", "y")))) for uptime in uptimes[:1]]
        said += [status(f"boot{boot}", uptime, said[-1].outbox) for uptime in uptimes[1:]]
    again = draw(st.lists(st.integers(0, len(said) - 1), max_size=5))
    for place in sorted(again, reverse=True):  # what the broker was not told to forget comes again, in order
        said[place + 1 : place + 1] = said[max(0, place - 2) : place + 1]
    return said


@given(one_box())
def test_one_box_never_shows_as_two_whatever_restarts_and_comes_again(said: Sequence[Status]) -> None:
    assert set(heard(*said)) <= {Change.NONE}


@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_two_boxes_show_exactly_when_one_returns_after_the_other(turns: list[bool]) -> None:
    said = [status("a" if turn else "b", number + 1) for number, turn in enumerate(turns)]
    changed = [number for number in range(1, len(turns)) if turns[number] != turns[number - 1]]
    told = [number for number, change in enumerate(heard(*said)) if change is not Change.NONE]
    assert told == changed[1:]


@pytest.mark.parametrize("boxes", [3, 8])
def test_more_than_two_show_as_well(boxes: int) -> None:
    turns = [status(f"box{number % boxes}", number + 1) for number in range(3 * boxes)]
    assert heard(*turns)[boxes:] == [Change.BEGAN] + [Change.GOES_ON] * (2 * boxes - 1)
