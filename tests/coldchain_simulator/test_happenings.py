"""What people do: at milking hours, by habit, in the amounts told."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_simulator.happenings import Diary, DoorOpening, Drawing, Fill, Habit, poured_litres

NIAMEY = ZoneInfo("Africa/Niamey")
NOON = milliseconds(datetime(2026, 4, 20, 12, tzinfo=NIAMEY))
DAY_MS = 86_400_000


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.text(max_size=8))
def test_a_day_has_two_fills_in_the_hours_of_milking_and_one_sale_before_noon(day: date, key: str) -> None:
    made = Habit().day(day, zone=NIAMEY, key=key)
    hours = {
        kind: [datetime.fromtimestamp(one.at_ms / 1000, NIAMEY).hour for one in made if isinstance(one, kind)]
        for kind in (Fill, Drawing, DoorOpening)
    }
    morning, evening = hours[Fill]
    assert 5 <= morning <= 9
    assert 17 <= evening <= 20
    assert all(10 <= hour < 12 for hour in hours[Drawing])
    assert len(hours[DoorOpening]) == Habit().doors_a_day


def test_a_habit_is_the_same_for_the_same_key_and_varies_from_day_to_day() -> None:
    habit, day = Habit(), date(2026, 4, 20)
    assert habit.day(day, zone=NIAMEY, key="a") == habit.day(day, zone=NIAMEY, key="a")
    assert habit.day(day, zone=NIAMEY, key="a") != habit.day(day, zone=NIAMEY, key="b")


@given(
    st.lists(st.integers(0, 1_500_000), min_size=1, max_size=20),
    st.integers(0, 900),
)
def test_however_a_fill_is_cut_into_steps_all_of_it_is_poured(cuts: list[int], for_s: int) -> None:
    fill = Fill(at_ms=NOON, litres=12.0, for_s=for_s)
    edges = [NOON - 1, *sorted(NOON + cut for cut in cuts), NOON + 2_000_000]
    poured = sum(poured_litres(fill, from_ms=a, to_ms=b) for a, b in pairwise(edges))
    assert poured == pytest.approx(12.0)


def test_a_diary_turns_its_pages_and_keeps_what_was_given() -> None:
    given_one = DoorOpening(at_ms=NOON)
    diary = Diary(given=(given_one,), habit=Habit(), zone=NIAMEY, key="k", habit_from_ms=NOON + DAY_MS)
    assert diary.near(NOON - 2 * DAY_MS) == (given_one,)
    later = diary.near(NOON + 5 * DAY_MS)
    assert given_one in later
    fills = [one.at_ms for one in later if isinstance(one, Fill)]
    assert len(fills) == 6
    assert min(fills) >= NOON + DAY_MS


def test_a_diary_without_habit_has_only_what_was_given() -> None:
    diary = Diary(given=(), habit=None, zone=NIAMEY, key="k", habit_from_ms=0)
    assert diary.near(milliseconds(datetime(2026, 1, 1, tzinfo=UTC))) == ()
