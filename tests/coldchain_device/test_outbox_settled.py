"""Ranges of what is settled say of each number what was last said of it, however they overlap."""

import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.sequences import Sequences
from coldchain_device.outbox.schema import begin
from coldchain_device.outbox.settled import Fate, refused, settle, settled, unsettle

NUMBERS = st.frozensets(st.integers(1, 60), min_size=1).map(Sequences.of)
NOTES = st.lists(
    st.tuples(NUMBERS, st.sampled_from([None, *Fate]), st.integers(1, 3), st.sampled_from(["", "unknown-probe"])),
    max_size=12,
)


@given(notes=NOTES)
def test_each_number_has_the_fate_that_was_noted_last(notes: list[tuple[Sequences, Fate | None, int, str]]) -> None:
    known: dict[int, tuple[Fate, int, str]] = {}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        begin(connection, uuid4())
        for numbers, fate, day, reason in notes:
            if fate is None:
                unsettle(connection, numbers)
                known = {number: was for number, was in known.items() if number not in numbers}
            else:
                settle(connection, numbers, fate, day=day, reason=reason)
                known |= dict.fromkeys(numbers, (fate, day, reason))
        for fate in Fate:
            for before in (1, 2, 3, 4):
                expected = Sequences.of(n for n, (one, day, _) in known.items() if one is fate and day < before)
                assert settled(connection, (fate,), before_day=before) == expected
        said = {reason: numbers for reason, numbers in refused(connection).items() if numbers.ranges}
        assert said == {
            reason: Sequences.of(n for n, was in known.items() if (was[0], was[2]) == (Fate.REFUSED, reason))
            for reason in {was[2] for was in known.values() if was[0] is Fate.REFUSED}
        }


def test_what_is_noted_in_order_stays_one_range() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        begin(connection, uuid4())
        for first in (1, 81, 41, 201, 121):
            settle(connection, Sequences.span(first, first + 39), Fate.STORED, day=7)
        assert connection.execute("SELECT first, last FROM settled ORDER BY first").fetchall() == [(1, 160), (201, 240)]
        settle(connection, Sequences.span(161, 200), Fate.STORED, day=8)
        assert connection.execute("SELECT count(*) FROM settled").fetchone() == (3,)


@pytest.mark.parametrize("reason", ["x" * 5000])
def test_a_long_reason_is_cut_so_that_a_row_fits_on_a_page(reason: str) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        begin(connection, uuid4())
        settle(connection, Sequences.span(1, 1), Fate.REFUSED, day=1, reason=reason)
        (kept,) = refused(connection)
        assert len(kept) == 200
