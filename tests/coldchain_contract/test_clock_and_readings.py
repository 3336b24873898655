"""The declared clock, and what a reading may be."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import DeclaredClock, SetClock, milliseconds, utc
from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality, Quantity, Reading

PROBE = urn_of_kernel_name("28-0316a2795cff")


def test_a_declared_clock_runs_from_its_origin_at_its_rate() -> None:
    seconds = iter([10.0, 11.5])
    clock = DeclaredClock(origin_ms=1_000_000, rate=120, started=10.0, monotonic=lambda: next(seconds))
    assert clock.now_ms() == 1_000_000
    assert clock.now_ms() == 1_000_000 + 180_000
    assert clock.wall_seconds(60) == 0.5


def test_a_set_clock_stands_still() -> None:
    clock = SetClock(5)
    clock.set(7)
    assert (clock.now_ms(), clock.wall_seconds(60)) == (7, 0.0)


@given(st.integers(-(2**40), 2**42))
def test_an_instant_and_its_date_are_one(at_ms: int) -> None:
    assert milliseconds(utc(at_ms)) == at_ms


def test_a_date_of_any_zone_is_an_instant_and_one_without_is_none() -> None:
    niamey = timezone(timedelta(hours=1))
    assert milliseconds(datetime(2026, 3, 1, 7, tzinfo=niamey)) == milliseconds(datetime(2026, 3, 1, 6, tzinfo=UTC))
    with pytest.raises(ValueError, match="no time zone"):
        milliseconds(datetime(2026, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize("quality", Quality)
def test_a_reading_has_a_value_exactly_when_it_is_ok(quality: Quality) -> None:
    right, wrong = (4.0, None) if quality is Quality.OK else (None, 4.0)
    assert Reading(probe=PROBE, at_ms=1, value=right, quality=quality).value == right
    with pytest.raises(ValueError, match="exactly when"):
        Reading(probe=PROBE, at_ms=1, value=wrong, quality=quality)


def test_every_quantity_has_a_unit_of_its_own() -> None:
    assert len({quantity.senml_unit for quantity in Quantity}) == len(Quantity)
