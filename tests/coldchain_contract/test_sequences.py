"""Sequences behave as sets of whole numbers with one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadSequences
from coldchain_contract.sequences import Sequences

numbers = st.sets(st.integers(1, 60), max_size=40)


@given(numbers, numbers)
def test_the_algebra_is_that_of_sets(one: set[int], other: set[int]) -> None:
    left, right = Sequences.of(one), Sequences.of(other)
    assert left | right == Sequences.of(one | other)
    assert left - right == Sequences.of(one - other)
    assert left & right == Sequences.of(one & other)
    assert set(left) == one
    assert len(left) == len(one)
    assert bool(left) is bool(one)
    assert {number for number in range(62) if number in left} == one


@given(numbers)
def test_a_set_is_read_as_it_is_written(some: set[int]) -> None:
    sequences = Sequences.of(some)
    assert Sequences.parse(str(sequences) or "1") == (sequences or Sequences.span(1, 1))


@given(numbers, st.integers(0, 70))
def test_a_cut_leaves_the_lowest_and_the_rest(some: set[int], count: int) -> None:
    lowest, rest = Sequences.of(some).cut(count)
    assert [*lowest, *rest] == sorted(some)
    assert len(lowest) == min(count, len(some))


def test_ranges_are_neither_split_nor_touching() -> None:
    assert Sequences.of([3, 1, 2, 7, 2]).ranges == ((1, 3), (7, 7))
    assert Sequences.span(4, 3) == Sequences()


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "1-", "-", "2-1", "3-3", "1,2", "1-3,2", "5,1", "1-3,4", "01", "1 ,3", "1,", "+1", "1.0", "١",
     "9007199254740992", "1-99999999999999999999", "1--3", "a"],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(BadSequences, match="sequences"):
        Sequences.parse(text)


def test_a_range_of_millions_costs_nothing() -> None:
    everything = Sequences.span(1, 2**53 - 1)
    assert len(everything - Sequences.of([5])) == 2**53 - 2
    assert 2**52 in everything
