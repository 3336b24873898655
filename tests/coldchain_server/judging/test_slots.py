"""Checkpoints are thinned as they age: never many, and never far before the instant from which one is needed."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.judging.slots import KEPT_SLOTS, SLOT_MS, is_outlived, slot_of


@given(newest=st.integers(0, 10_000))
def test_a_probe_has_few_checkpoints_and_one_no_farther_before_any_instant_than_that_is_from_now(newest: int) -> None:
    written = range(max(0, newest - 2 * KEPT_SLOTS), newest + 1)
    ages = [newest - slot for slot in written if not is_outlived(slot, newest=newest)]
    assert (min(ages), len(ages) <= 30) == (0, True)
    assert all(any(age <= one <= 2 * age + 1 for one in ages) for age in range(min(newest, KEPT_SLOTS // 2 - 1)))


@given(newest=st.integers(0, 10_000), slot=st.integers(0, 10_000))
def test_what_is_outlived_stays_so_whoever_writes_next(newest: int, slot: int) -> None:
    assert not is_outlived(slot, newest=newest) or is_outlived(slot, newest=newest + 1)


@given(at_ms=st.integers(0, 2**42), later_ms=st.integers(0, SLOT_MS - 1))
def test_slots_follow_each_other_in_time_and_begin_elsewhere_for_another_probe(at_ms: int, later_ms: int) -> None:
    assert slot_of("urn:a", at_ms + later_ms) - slot_of("urn:a", at_ms) in (0, 1)
    begins = {
        name: next(ms for ms in range(0, SLOT_MS, 1000) if slot_of(name, ms) != slot_of(name, 0)) for name in "ab"
    }
    assert begins["a"] != begins["b"]
